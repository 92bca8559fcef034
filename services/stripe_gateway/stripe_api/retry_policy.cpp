#include "stripe_gateway/stripe_api/retry_policy.hpp"

#include <algorithm>
#include <optional>

namespace quittance::stripe_gateway {

namespace {

using std::chrono::milliseconds;

// The reason by the status alone, without the Stripe-Should-Retry header.
std::string_view reason_of_status(const StripeAnswer& answer) {
    if (answer.status == 409) return "conflict";  // idempotency_key_in_use; the official SDK retries every 409
    if (answer.status == 424) return "failed_dependency";
    if (answer.status == 429) return answer.error.code() == "lock_timeout" ? "lock_timeout" : "rate_limit";
    if (answer.status >= 500) return "server_error";
    return {};
}

// Full jitter: anywhere between the shortest wait and a bound that doubles with each attempt.
milliseconds jittered(int attempt, const RetryLimits& limits, double random) {
    auto bound = limits.base_wait;
    for (int i = 1; i < attempt && bound < limits.longest_wait; ++i) bound *= 2;
    bound = std::min(bound, limits.longest_wait);
    const auto wait = milliseconds(static_cast<milliseconds::rep>(static_cast<double>(bound.count()) * random));
    return std::max(wait, limits.shortest_wait);
}

// Stripe's advice for this call: retry, do not retry, or none. Reads ignore an advice against a retry: they have no
// effect.
std::optional<bool> advice(const StripeAnswer* answer, RetrySafety safety) {
    if (!answer || answer->ok() || !answer->should_retry) return std::nullopt;
    if (!*answer->should_retry && safety == RetrySafety::kSafe) return std::nullopt;
    return answer->should_retry;
}

// How many attempts a call gets although Stripe advises against a retry. After a 5xx the effect is unknown. A second
// attempt under the same key shows what Stripe has kept.
int attempts_against_advice(const StripeAnswer& answer, RetrySafety safety) {
    const bool open = answer.status >= 500 || answer.status == 424;
    return open && safety == RetrySafety::kKeyed ? 2 : 1;
}

}  // namespace

std::string_view transient_reason(const StripeOutcome& outcome) {
    if (const auto* answer = std::get_if<StripeAnswer>(&outcome)) return reason_of_status(*answer);
    const auto& none = std::get<NoAnswer>(outcome);
    if (none.cancelled) return "cancelled";
    if (none.circuit_open) return "circuit_open";
    if (none.throttled) return "throttled";
    if (none.other_account) return "other_account";
    if (none.account_pending) return "account_pending";
    if (none.too_large) return "too_large";
    return none.timed_out ? "timeout" : none.sent ? "reset" : "unreachable";
}

RetryDecision decide_retry(const StripeOutcome& outcome, RetrySafety safety, int attempt, milliseconds remaining,
                           const RetryLimits& limits, double random) {
    const auto* answer = std::get_if<StripeAnswer>(&outcome);
    const auto* none = std::get_if<NoAnswer>(&outcome);
    const auto advised = advice(answer, safety);
    auto reason = transient_reason(outcome);
    if (reason.empty() && advised == true) reason = "should_retry";
    if (reason.empty()) return {Verdict::kFinal, milliseconds(0), reason};
    // Stripe will replay this refusal to this key from now on, whatever the header advises.
    if (answer && answer->replayed && !reason_of_status(*answer).empty())
        return {Verdict::kPoisoned, milliseconds(0), reason};

    auto attempts = limits.attempts;
    if (advised == false) attempts = std::min(attempts, attempts_against_advice(*answer, safety));
    if (safety == RetrySafety::kUnsafe && !(none && !none->sent)) attempts = 1;
    // A retry cannot help here. Our own limits found the deadline too near, or the circuit is open. A caller that
    // cancelled wants no answer. An answer that is too large will be as large again.
    if (none && (none->throttled || none->cancelled || none->circuit_open || none->too_large)) attempts = 1;
    auto wait = jittered(attempt, limits, random);
    if (answer && answer->retry_after) wait = std::max(wait, *answer->retry_after);
    if (attempt >= attempts || wait >= remaining) return {Verdict::kGiveUp, milliseconds(0), reason};
    return {Verdict::kRetry, wait, reason};
}

}  // namespace quittance::stripe_gateway
