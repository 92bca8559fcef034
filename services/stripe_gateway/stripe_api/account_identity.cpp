#include "stripe_gateway/stripe_api/account_identity.hpp"

#include <utility>

namespace quittance::stripe_gateway {

void AccountIdentity::require() {
    const std::lock_guard lock(mutex_);
    state_ = State::kPending;
    asked_ = false;
    why_ = "Stripe was not asked yet whose key this is";
    refusal_.reset();
}

void AccountIdentity::trust() {
    const std::lock_guard lock(mutex_);
    state_ = State::kTrusted;
    why_.clear();
    refusal_.reset();
}

void AccountIdentity::distrust(std::string why) {
    const std::lock_guard lock(mutex_);
    state_ = State::kOther;
    why_ = std::move(why);
    refusal_.reset();
}

void AccountIdentity::note_failure(std::string why, bool by_store) {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kPending) return;
    asked_ = !by_store;
    why_ = std::move(why);
    refusal_.reset();
}

void AccountIdentity::note_refusal(StripeAnswer refusal) {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kPending) return;
    asked_ = true;
    why_ = "Stripe refuses our key with " + std::to_string(refusal.status);
    refusal_ = std::move(refusal);
}

std::optional<StripeOutcome> AccountIdentity::refusal() const {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kTrusted) return std::nullopt;
    if (refusal_) return StripeOutcome(*refusal_);
    NoAnswer none{why_};
    none.other_account = state_ == State::kOther;
    none.account_pending = state_ == State::kPending;
    return StripeOutcome(std::move(none));
}

AccountIdentity::State AccountIdentity::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

bool AccountIdentity::ready() const {
    const std::lock_guard lock(mutex_);
    return state_ == State::kTrusted || (state_ == State::kPending && asked_);
}

std::string AccountIdentity::describe() const {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kTrusted) return {};
    return (state_ == State::kOther ? "another account: " : "account not verified: ") + why_;
}

}  // namespace quittance::stripe_gateway
