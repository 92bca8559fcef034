#include "stripe_gateway/stripe_api/reachability.hpp"

#include "stripe_gateway/stripe_api/retry_policy.hpp"

namespace quittance::stripe_gateway {

namespace {

std::string seconds_between(Reachability::Clock::time_point then, Reachability::Clock::time_point now) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now - then).count()) + " s";
}

}  // namespace

void Reachability::record(const StripeOutcome& outcome, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (const auto* answer = std::get_if<StripeAnswer>(&outcome)) {
        last_answer_ = now;
        last_status_ = answer->status;
        failure_.clear();
        return;
    }
    const auto& none = std::get<NoAnswer>(outcome);
    if (none.throttled) return;
    if (failure_.empty()) failing_since_ = now;
    failure_ = transient_reason(outcome);
}

std::string Reachability::describe(Clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    if (!failure_.empty())
        return "no answer from Stripe since " + seconds_between(failing_since_, now) + ": " + failure_;
    if (last_status_ == 0) return "Stripe was not asked yet";
    if (last_status_ == 401) return "Stripe refuses our credentials";
    return "Stripe answered " + seconds_between(last_answer_, now) + " ago";
}

}  // namespace quittance::stripe_gateway
