// When a call to Stripe is repeated, and after how long: one pure function over what came of the last try.
//
// The rules are those of the reference (§4): the same key for every try of a step; 409 of a key in use, 429 of both
// kinds, 424, 5xx, timeouts and resets are repeated; Stripe-Should-Retry wins both ways; Retry-After is a minimum. A
// transient refusal that Stripe *replays* will be replayed for ever: such a key is poisoned and repeating is no use.
#pragma once

#include <chrono>
#include <string_view>

#include "stripe_gateway/answer.hpp"

namespace quittance::stripe_gateway {

struct RetryLimits {
    int attempts = 8;                          // of one step, the first included
    std::chrono::milliseconds base_wait{250};  // upper bound of the wait before the second try; doubles from there
    std::chrono::milliseconds longest_wait{5'000};
    std::chrono::milliseconds shortest_wait{20};  // full jitter reaches down to here, not to 0
};

enum class Verdict {
    kStands,    // the answer is the answer: an effect or a refusal
    kRepeat,    // after `wait`
    kGiveUp,    // transient, but no try is left or no time
    kPoisoned,  // a transient refusal kept under the key: only another key can get further
};

struct Decision {
    Verdict verdict = Verdict::kStands;
    std::chrono::milliseconds wait{0};
    std::string_view reason;  // a word for the metric of retries: "lock_timeout"; empty where nothing is transient
};

// `repeatable`: a second execution does no harm (GET, DELETE, or a POST with a key). `attempt` counts from 1.
// `remaining`: time until the caller's deadline. `random`: uniform in [0, 1).
Decision decide(const StripeOutcome& outcome, bool repeatable, int attempt, std::chrono::milliseconds remaining,
                const RetryLimits& limits, double random);

// A word for a transient outcome, empty for one that stands.
std::string_view transient_reason(const StripeOutcome& outcome);

}  // namespace quittance::stripe_gateway
