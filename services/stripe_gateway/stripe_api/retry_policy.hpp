// Decides whether a call to Stripe is retried, and after how long: one pure function of the last attempt's outcome.
//
// The rules follow Stripe's pages https://docs.stripe.com/error-low-level, https://docs.stripe.com/rate-limits and
// https://docs.stripe.com/api/idempotent_requests. All attempts of a step use the same key. 409 of a key in use, 429 of
// both kinds, 424, 5xx, timeouts and resets are retried. Stripe-Should-Retry overrides both ways. Retry-After is a
// minimum. A transient refusal that Stripe *replays* will be replayed for ever: the key is poisoned, and a retry is of
// no use. Only a replay shows that, so a keyed 5xx is retried once even if Stripe advises against it.
#pragma once

#include <chrono>
#include <string_view>

#include "stripe_gateway/stripe_api/stripe_answer.hpp"

namespace quittance::stripe_gateway {

struct RetryLimits {
    int attempts = 8;                          // of one step, the first included
    std::chrono::milliseconds base_wait{250};  // upper bound of the wait before the second attempt; then doubles
    std::chrono::milliseconds longest_wait{5'000};
    std::chrono::milliseconds shortest_wait{20};  // full jitter reaches down to here, not to 0
};

// What a second execution of a call would do.
enum class RetrySafety {
    kUnsafe,  // a POST without a key: it might have its effect twice
    kSafe,    // GET, DELETE: nothing more
    kKeyed,   // a POST with a key: Stripe replays the first answer
};

enum class Verdict {
    kFinal,     // the answer is final: an effect or a refusal
    kRetry,     // after `wait`
    kGiveUp,    // transient, but no attempt or no time is left
    kPoisoned,  // a transient refusal that Stripe kept under the key: only another key can get further
};

struct RetryDecision {
    Verdict verdict = Verdict::kFinal;
    std::chrono::milliseconds wait{0};
    std::string_view reason;  // label of the metric of retries: "lock_timeout"; empty for a final answer
};

// `attempt` counts from 1. `remaining`: time until the caller's deadline. `random`: uniform in [0, 1).
RetryDecision decide_retry(const StripeOutcome& outcome, RetrySafety safety, int attempt,
                           std::chrono::milliseconds remaining, const RetryLimits& limits, double random);

// A word for a transient outcome; empty for a final one.
std::string_view transient_reason(const StripeOutcome& outcome);

}  // namespace quittance::stripe_gateway
