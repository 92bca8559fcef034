// A rate limit as one number: the generic cell rate algorithm (ITU-T I.371). Instead of counting tokens it remembers
// the moment at which the next request would stand if all requests were evenly spaced.
#pragma once

#include <chrono>

namespace quittance::base {

// For one thread: no locks.
class TokenBucket {
  public:
    using Clock = std::chrono::steady_clock;

    // `per_second` 0: no limit. After a pause up to `burst` requests, at least one, go at once.
    TokenBucket(double per_second, double burst);

    // When the next request may go: now or later. Does not book it.
    Clock::time_point next(Clock::time_point now) const;
    // When a request could go that leaves a quarter of the burst to others, if none came meanwhile.
    Clock::time_point next_in_background(Clock::time_point now) const;
    // Books that request. Counts from `now` even if the request itself waits longer for another bucket: a queue in
    // front of one bucket must not stand in the way of the others.
    void book(Clock::time_point now);

    // Books a request that may go now and returns zero. Otherwise books nothing and returns how long to wait.
    Clock::duration take(Clock::time_point now);

  private:
    Clock::duration interval_;
    Clock::duration credit_;    // how far the requests may run ahead of their even spacing
    Clock::time_point even_{};  // where the next request would stand if all were evenly spaced
};

}  // namespace quittance::base
