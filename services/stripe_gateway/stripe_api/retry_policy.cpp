#include "stripe_gateway/stripe_api/retry_policy.hpp"

#include <algorithm>
#include <optional>

namespace quittance::stripe_gateway {

namespace {

using std::chrono::milliseconds;

// What Stripe's status says by itself, before its Stripe-Should-Retry header is heard.
std::string_view reason_of_status(const StripeAnswer& answer) {
    if (answer.status == 409) return "conflict";  // idempotency_key_in_use; the official SDK repeats every 409
    if (answer.status == 424) return "failed_dependency";
    if (answer.status == 429) return answer.error.code() == "lock_timeout" ? "lock_timeout" : "rate_limit";
    if (answer.status >= 500) return "server_error";
    return {};
}

// Full jitter: anywhere between the shortest wait and a bound that doubles with each try.
milliseconds jittered(int attempt, const RetryLimits& limits, double random) {
    auto bound = limits.base_wait;
    for (int i = 1; i < attempt && bound < limits.longest_wait; ++i) bound *= 2;
    bound = std::min(bound, limits.longest_wait);
    const auto wait = milliseconds(static_cast<milliseconds::rep>(static_cast<double>(bound.count()) * random));
    return std::max(wait, limits.shortest_wait);
}

// Stripe's advice for this call: repeat, leave it, or nothing. A read is not Stripe's to forbid: it has no effect.
std::optional<bool> advice(const StripeAnswer* answer, Repeat repeat) {
    if (!answer || answer->ok() || !answer->should_retry) return std::nullopt;
    if (!*answer->should_retry && repeat == Repeat::kHarmless) return std::nullopt;
    return answer->should_retry;
}

// How many tries a call gets that Stripe advises not to repeat. A 5xx leaves open what happened, and asking once more
// under the same key is the way to learn what Stripe has kept.
int tries_against_advice(const StripeAnswer& answer, Repeat repeat) {
    const bool open = answer.status >= 500 || answer.status == 424;
    return open && repeat == Repeat::kKeyed ? 2 : 1;
}

}  // namespace

std::string_view transient_reason(const StripeOutcome& outcome) {
    if (const auto* answer = std::get_if<StripeAnswer>(&outcome)) return reason_of_status(*answer);
    const auto& none = std::get<NoAnswer>(outcome);
    if (none.cancelled) return "cancelled";
    if (none.circuit_open) return "circuit_open";
    if (none.throttled) return "throttled";
    if (none.too_large) return "too_large";
    return none.timed_out ? "timeout" : none.sent ? "reset" : "unreachable";
}

Decision decide(const StripeOutcome& outcome, Repeat repeat, int attempt, milliseconds remaining,
                const RetryLimits& limits, double random) {
    const auto* answer = std::get_if<StripeAnswer>(&outcome);
    const auto* none = std::get_if<NoAnswer>(&outcome);
    const auto advised = advice(answer, repeat);
    auto reason = transient_reason(outcome);
    if (reason.empty() && advised == true) reason = "should_retry";
    if (reason.empty()) return {Verdict::kStands, milliseconds(0), reason};
    // A replayed refusal is what Stripe will say to this key from now on, whatever the header advises.
    if (answer && answer->replayed && !reason_of_status(*answer).empty())
        return {Verdict::kPoisoned, milliseconds(0), reason};

    auto tries = limits.attempts;
    if (advised == false) tries = std::min(tries, tries_against_advice(*answer, repeat));
    if (repeat == Repeat::kHarms && !(none && !none->sent)) tries = 1;
    // Asking again cannot help: our own limit has just said that the deadline is too near, or an open circuit that
    // Stripe is not to be asked; a caller that is gone wants no answer; a large one will be as large again.
    if (none && (none->throttled || none->cancelled || none->circuit_open || none->too_large)) tries = 1;
    auto wait = jittered(attempt, limits, random);
    if (answer && answer->retry_after) wait = std::max(wait, *answer->retry_after);
    if (attempt >= tries || wait >= remaining) return {Verdict::kGiveUp, milliseconds(0), reason};
    return {Verdict::kRepeat, wait, reason};
}

}  // namespace quittance::stripe_gateway
