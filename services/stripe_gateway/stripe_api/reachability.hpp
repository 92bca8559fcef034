// Reports to operators whether Stripe answers. A gateway stays ready while Stripe is down. Removing its pods from
// service would not bring Stripe back, and would turn clear errors into refused connections.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "stripe_gateway/stripe_api/stripe_answer.hpp"

namespace quittance::stripe_gateway {

// Written on the loop, read on the operations thread.
class Reachability {
  public:
    using Clock = std::chrono::steady_clock;

    void record(const StripeOutcome& outcome, Clock::time_point now);

    // "Stripe answered 3 s ago", "Stripe was not asked yet", "no answer from Stripe since 40 s: timeout", "Stripe
    // refuses our credentials".
    std::string describe(Clock::time_point now) const;

  private:
    mutable std::mutex mutex_;
    Clock::time_point last_answer_{};
    Clock::time_point failing_since_{};
    std::string failure_;  // empty: the last attempt was answered
    int last_status_ = 0;
};

}  // namespace quittance::stripe_gateway
