// How long Stripe has been silent, whoever asks: writes on one customer take turns, so that a Stripe that hangs may be
// met by one call at a time, and counting failures alone would see it only after minutes. One call that hangs is slow;
// a second one that hangs with it, or right after it, and no answer to anything meanwhile, is silence.
#pragma once

#include <chrono>
#include <set>

namespace quittance::stripe_gateway {

class Silence {
  public:
    using Clock = std::chrono::steady_clock;

    // `fair_time`: a call that has waited less says nothing yet.
    explicit Silence(std::chrono::milliseconds fair_time) : fair_time_(fair_time) {}

    void sent(Clock::time_point now);
    // How the call ended that was sent then: with an answer to it, by waiting in vain, or otherwise.
    void answered(Clock::time_point sent, Clock::time_point now);
    void unanswered(Clock::time_point sent, Clock::time_point now);
    void ended(Clock::time_point sent);

    // Zero unless at least two calls have met it, the later one still waiting or no longer.
    std::chrono::milliseconds length(Clock::time_point now) const;

  private:
    const std::chrono::milliseconds fair_time_;
    std::multiset<Clock::time_point> in_flight_;  // when each was sent
    Clock::time_point heard_{};                   // Stripe's last answer
    // Calls that have waited in vain since, one upon the other or side by side.
    int hung_ = 0;
    Clock::time_point hung_since_{};
    Clock::time_point hung_until_{};
};

}  // namespace quittance::stripe_gateway
