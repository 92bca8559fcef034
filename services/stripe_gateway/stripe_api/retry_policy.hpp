// When a call to Stripe is repeated, and after how long: one pure function over what came of the last try.
//
// The rules are those of the reference (§4): the same key for every try of a step; 409 of a key in use, 429 of both
// kinds, 424, 5xx, timeouts and resets are repeated; Stripe-Should-Retry wins both ways; Retry-After is a minimum. A
// transient refusal that Stripe *replays* will be replayed for ever: such a key is poisoned and repeating is no use.
// Only a replay tells that: so a keyed 5xx is asked about once more even where Stripe advises against a retry.
#pragma once

#include <chrono>
#include <string_view>

#include "stripe_gateway/stripe_api/stripe_answer.hpp"

namespace quittance::stripe_gateway {

struct RetryLimits {
    int attempts = 8;                          // of one step, the first included
    std::chrono::milliseconds base_wait{250};  // upper bound of the wait before the second try; doubles from there
    std::chrono::milliseconds longest_wait{5'000};
    std::chrono::milliseconds shortest_wait{20};  // full jitter reaches down to here, not to 0
};

// What a second execution of a call would do.
enum class Repeat {
    kHarms,     // a POST without a key
    kHarmless,  // GET, DELETE
    kKeyed,     // nothing: Stripe replays the first one
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

// `attempt` counts from 1. `remaining`: time until the caller's deadline. `random`: uniform in [0, 1).
Decision decide(const StripeOutcome& outcome, Repeat repeat, int attempt, std::chrono::milliseconds remaining,
                const RetryLimits& limits, double random);

// A word for a transient outcome, empty for one that stands.
std::string_view transient_reason(const StripeOutcome& outcome);

}  // namespace quittance::stripe_gateway
