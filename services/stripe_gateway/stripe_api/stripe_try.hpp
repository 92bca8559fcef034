// One try of a call to Stripe: its span and its log line. Both have Stripe's request id, by which Stripe's own log and
// support know the try.
#pragma once

#include <chrono>
#include <string_view>

#include "rpc/call.hpp"
#include "runtime/line_limit.hpp"
#include "stripe_gateway/stripe_api/stripe_answer.hpp"
#include "tracing/span.hpp"

namespace quittance::stripe_gateway {

// Tries that only read and succeed have lines at level debug. All others have lines, so many a second.
inline constexpr double kTryLinesPerSecond = 200;

struct StripeTry {
    const StripeRequest& request;
    std::string_view account;           // the label
    int number;                         // 1 for the first
    const rpc::Call* origin = nullptr;  // the request behind it; null for work of our own
};

// Records nothing for a try without an origin that is traced.
tracing::Span span_of(const StripeTry& attempt);
void end_span(tracing::Span& span, const StripeOutcome& outcome);

void log_try(const StripeTry& attempt, const StripeOutcome& outcome, std::chrono::steady_clock::duration took,
             runtime::LineLimit& limit);

}  // namespace quittance::stripe_gateway
