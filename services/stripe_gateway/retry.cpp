#include "stripe_gateway/retry.hpp"

#include <algorithm>

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

std::string_view reason_of_answer(const StripeAnswer& answer) {
    const auto by_status = reason_of_status(answer);
    if (answer.ok() || !answer.should_retry) return by_status;
    if (!*answer.should_retry) return {};
    return by_status.empty() ? "should_retry" : by_status;
}

// Full jitter: anywhere between the shortest wait and a bound that doubles with each try.
milliseconds jittered(int attempt, const RetryLimits& limits, double random) {
    auto bound = limits.base_wait;
    for (int i = 1; i < attempt && bound < limits.longest_wait; ++i) bound *= 2;
    bound = std::min(bound, limits.longest_wait);
    const auto wait = milliseconds(static_cast<milliseconds::rep>(static_cast<double>(bound.count()) * random));
    return std::max(wait, limits.shortest_wait);
}

}  // namespace

std::string_view transient_reason(const StripeOutcome& outcome) {
    if (const auto* answer = std::get_if<StripeAnswer>(&outcome)) return reason_of_answer(*answer);
    const auto& none = std::get<NoAnswer>(outcome);
    if (none.throttled) return "throttled";
    return none.timed_out ? "timeout" : none.sent ? "reset" : "unreachable";
}

Decision decide(const StripeOutcome& outcome, bool repeatable, int attempt, milliseconds remaining,
                const RetryLimits& limits, double random) {
    const auto* answer = std::get_if<StripeAnswer>(&outcome);
    // A replayed refusal is what Stripe will say to this key from now on, whatever the header advises.
    if (answer && answer->replayed && !answer->ok()) {
        const auto kept = reason_of_status(*answer);
        if (!kept.empty()) return {Verdict::kPoisoned, milliseconds(0), kept};
    }
    const auto reason = transient_reason(outcome);
    if (reason.empty()) {
        // Stripe-Should-Retry: false on a 5xx or 429 is no answer to the caller's question either.
        const bool transient = answer && !reason_of_status(*answer).empty();
        return {transient ? Verdict::kGiveUp : Verdict::kStands, milliseconds(0), {}};
    }
    const auto* none = std::get_if<NoAnswer>(&outcome);
    const bool harmless = repeatable || (none && !none->sent);
    auto wait = jittered(attempt, limits, random);
    if (answer && answer->retry_after) wait = std::max(wait, *answer->retry_after);
    // Waiting longer for our own limit cannot help: the limit has just said that the deadline is too near.
    const bool hopeless = !harmless || (none && none->throttled);
    if (hopeless || attempt >= limits.attempts || wait >= remaining) return {Verdict::kGiveUp, milliseconds(0), reason};
    return {Verdict::kRepeat, wait, reason};
}

}  // namespace quittance::stripe_gateway
