#include "stripe_gateway/stripe_api/circuit_breaker.hpp"

#include <algorithm>

namespace quittance::stripe_gateway {

namespace {

using std::chrono::milliseconds;

// The answer to a call that meets a probe on its way: the probe's end is near, but not known.
constexpr milliseconds kProbeAnswer{1'000};

}  // namespace

Health health_of(const StripeOutcome& outcome, CircuitBreaker::Clock::duration took, const CircuitLimits& limits) {
    if (const auto* answer = std::get_if<StripeAnswer>(&outcome)) {
        if (answer->status < 500) return Health::kWell;
        // A replayed failure is old: it says neither that Stripe still fails nor that it is well again.
        return answer->replayed ? Health::kUnknown : Health::kFailing;
    }
    const auto& none = std::get<NoAnswer>(outcome);
    if (none.too_large) return Health::kWell;
    if (none.throttled || none.cancelled || none.circuit_open) return Health::kUnknown;
    if (!none.timed_out) return Health::kFailing;
    return took < limits.fair_time ? Health::kUnknown : Health::kTimedOut;
}

void CircuitBreaker::UnansweredCalls::add(Clock::time_point from, Clock::time_point to, milliseconds longest_pause) {
    if (calls == 0 || from > until + longest_pause) *this = {0, from, to};
    since = std::min(since, from);
    until = to;
    ++calls;
}

bool CircuitBreaker::hangs(Clock::time_point now) const {
    auto unanswered = timed_out_;
    int added = 0;
    for (const auto sent : in_flight_) {  // oldest first
        const auto from = std::max(sent, last_answer_);
        if (now - from < limits_.fair_time || ++added > 2) break;  // more than two would change nothing
        unanswered.add(from, now, limits_.fair_time);
    }
    return unanswered.length() >= limits_.longest_silence;
}

std::optional<milliseconds> CircuitBreaker::wait_at(Clock::time_point now) const {
    if (state_ == State::kClosed) return std::nullopt;
    if (state_ == State::kOpen) {
        if (now >= open_until_) return std::nullopt;
        return std::max(milliseconds(1), std::chrono::ceil<milliseconds>(open_until_ - now));
    }
    if (!probing_since_ || now - *probing_since_ > limits_.probe_time) return std::nullopt;
    return kProbeAnswer;
}

std::optional<milliseconds> CircuitBreaker::refuse(Clock::time_point now) {
    if (state_ == State::kClosed && hangs(now)) open(now, "Stripe hangs");
    return wait_at(now);
}

std::optional<milliseconds> CircuitBreaker::refused_for(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    return refuse(now);
}

CircuitBreaker::Admission CircuitBreaker::admit(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (const auto wait = refuse(now)) return {std::nullopt, *wait};
    in_flight_.insert(now);
    const bool probe = state_ != State::kClosed;
    if (probe) {
        change(State::kHalfOpen, "a call probes");
        probing_since_ = now;
    }
    return {Permit{now, probe}, milliseconds(0)};
}

void CircuitBreaker::change(State state, std::string_view why) {
    const bool changed = state != state_;
    state_ = state;
    if (changed && on_change_) on_change_(state, why);
}

void CircuitBreaker::open(Clock::time_point now, std::string_view why) {
    open_time_ = state_ == State::kClosed ? limits_.open_time : std::min(open_time_ * 2, limits_.longest_open_time);
    open_until_ = now + open_time_;
    probing_since_.reset();
    change(State::kOpen, why);
}

void CircuitBreaker::record(const Permit& permit, Health health, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    const auto found = in_flight_.find(permit.sent);
    if (found != in_flight_.end()) in_flight_.erase(found);
    if (health == Health::kWell) {
        failures_ = 0;
        last_answer_ = now;
        timed_out_ = {};
        probing_since_.reset();
        change(State::kClosed, "Stripe answers");
        return;
    }
    if (health == Health::kUnknown) {
        if (permit.probe) probing_since_.reset();  // the next call probes instead
        return;
    }
    if (health == Health::kTimedOut) timed_out_.add(std::max(permit.sent, last_answer_), now, limits_.fair_time);
    if (permit.probe && state_ != State::kClosed) return open(now, "the probe failed");
    // The failure of a call that was sent before the circuit opened says nothing new.
    if (state_ != State::kClosed) return;
    if (++failures_ >= limits_.failures) return open(now, "repeated failures");
    if (hangs(now)) open(now, "Stripe hangs");
}

CircuitBreaker::State CircuitBreaker::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

std::string CircuitBreaker::describe(Clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kClosed) return {};
    if (state_ == State::kHalfOpen) return "circuit half-open, one call probes Stripe";
    const auto wait = wait_at(now);
    if (!wait) return "circuit open, the next call probes Stripe";
    return "circuit open, next attempt in " + std::to_string(std::chrono::ceil<std::chrono::seconds>(*wait).count()) +
           " s";
}

}  // namespace quittance::stripe_gateway
