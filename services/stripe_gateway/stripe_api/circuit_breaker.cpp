#include "stripe_gateway/stripe_api/circuit_breaker.hpp"

#include <algorithm>

namespace quittance::stripe_gateway {

namespace {

using std::chrono::milliseconds;

// While a probe is on its way nobody knows when; soon, one way or the other.
constexpr milliseconds kProbeAnswer{1'000};

}  // namespace

Health health_of(const StripeOutcome& outcome, Circuit::Clock::duration took, const CircuitLimits& limits) {
    if (const auto* answer = std::get_if<StripeAnswer>(&outcome)) {
        if (answer->status < 500) return Health::kWell;
        // Stripe's memory of a failure says nothing of the present: neither that it lasts nor that it is over.
        return answer->replayed ? Health::kUnknown : Health::kFailing;
    }
    const auto& none = std::get<NoAnswer>(outcome);
    if (none.too_large) return Health::kWell;
    if (none.throttled || none.cancelled || none.circuit_open) return Health::kUnknown;
    if (!none.timed_out) return Health::kFailing;
    return took < limits.fair_time ? Health::kUnknown : Health::kSilent;
}

std::optional<milliseconds> Circuit::wait_at(Clock::time_point now) const {
    if (state_ == State::kClosed) return std::nullopt;
    if (state_ == State::kOpen) {
        if (now >= open_until_) return std::nullopt;
        return std::max(milliseconds(1), std::chrono::ceil<milliseconds>(open_until_ - now));
    }
    if (!probing_since_ || now - *probing_since_ > limits_.probe_time) return std::nullopt;
    return kProbeAnswer;
}

std::optional<milliseconds> Circuit::refused_for(Clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    return wait_at(now);
}

void Circuit::look(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kClosed && silence_.length(now) >= limits_.longest_silence) open(now);
}

std::optional<bool> Circuit::admit(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kClosed && wait_at(now)) return std::nullopt;
    silence_.sent(now);
    if (state_ == State::kClosed) return false;
    state_ = State::kHalfOpen;
    probing_since_ = now;
    return true;
}

void Circuit::open(Clock::time_point now) {
    open_time_ = state_ == State::kClosed ? limits_.open_time : std::min(open_time_ * 2, limits_.longest_open_time);
    state_ = State::kOpen;
    open_until_ = now + open_time_;
    probing_since_.reset();
}

void Circuit::hear(Clock::time_point sent, Health health, Clock::time_point now) {
    if (health == Health::kWell)
        silence_.answered(sent, now);
    else if (health == Health::kSilent)
        silence_.unanswered(sent, now);
    else
        silence_.ended(sent);
}

void Circuit::record(bool probe, Clock::time_point sent, Health health, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    hear(sent, health, now);
    if (health == Health::kWell) {
        state_ = State::kClosed;
        failures_ = 0;
        probing_since_.reset();
        return;
    }
    if (probe && health == Health::kUnknown) probing_since_.reset();  // the next call probes instead
    if (health == Health::kUnknown) return;
    // What was sent before the circuit opened says nothing new.
    if (state_ != State::kClosed) {
        if (probe) open(now);
        return;
    }
    if (++failures_ >= limits_.failures || silence_.length(now) >= limits_.longest_silence) open(now);
}

Circuit::State Circuit::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

std::string Circuit::describe(Clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kClosed) return {};
    if (state_ == State::kHalfOpen) return "circuit half-open, a call is trying";
    const auto wait = wait_at(now);
    if (!wait) return "circuit open, the next call tries";
    return "circuit open, the next try in " + std::to_string(std::chrono::ceil<std::chrono::seconds>(*wait).count()) +
           " s";
}

}  // namespace quittance::stripe_gateway
