// What came of one request to Stripe: an answer of whatever status, or none. Plain types, so that the rules about
// retries and errors can be tested without a network.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "quittance/v1/error.pb.h"

namespace quittance::stripe_gateway {

struct StripeRequest {
    // Method and path template, "POST /v1/invoices/{id}/pay": the label of metrics and what Stripe limits the rate of.
    std::string_view endpoint;
    std::string method;              // "GET", "POST", "DELETE"
    std::string path;                // "/v1/invoices/in_123/pay"
    boost::json::object parameters;  // the body of a POST, the query of anything else
    std::string idempotency_key;     // of a POST; at most 255 characters of ASCII
    // Of a write: what else must not be written meanwhile. Empty where that is not known or not needed.
    std::string customer{};
    std::string invoice{};
};

struct StripeAnswer {
    int status = 0;
    std::string body;
    std::string request_id;            // "req_…"
    bool replayed = false;             // Idempotent-Replayed: Stripe has answered this key before
    std::optional<bool> should_retry;  // Stripe-Should-Retry, where Stripe says so
    std::optional<std::chrono::milliseconds> retry_after;
    bool rate_limited = false;  // Stripe-Rate-Limited-Reason is there: a limiter, not a lock
    v1::StripeError error;      // of a status from 400 on
    // By Stripe's clock, and not after the moment at which Stripe looked: whatever Stripe says happened later is newer
    // than this answer.
    std::chrono::system_clock::time_point time;

    bool ok() const { return status >= 200 && status < 300; }
};

// No answer. `sent`: the request may have had an effect all the same.
struct NoAnswer {
    std::string reason;  // for the log
    bool timed_out = false;
    bool sent = false;
    // Stripe was not asked, and why:
    bool throttled = false;                                   // our own limits had no place for it before the deadline
    bool cancelled = false;                                   // the caller went away
    std::optional<std::chrono::milliseconds> circuit_open{};  // Stripe has been failing: not before so long
    // It was asked, and its answer is larger than we read.
    bool too_large = false;
};

using StripeOutcome = std::variant<StripeAnswer, NoAnswer>;

}  // namespace quittance::stripe_gateway
