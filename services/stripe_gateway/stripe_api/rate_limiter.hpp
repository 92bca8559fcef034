// Keeps our calls under Stripe's limits: a bucket for the account and one for each endpoint. A live call books its
// moment in the future and sleeps until then, so waiting is first come, first served and costs nothing but a number. A
// background call books nothing ahead: it asks until there is more left than what is kept for live ones.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace quittance::stripe_gateway {

// For one loop with one thread: no locks.
class TokenBucket {
  public:
    using Clock = std::chrono::steady_clock;

    // `per_second` 0: no limit. After a pause up to `burst` calls go at once.
    TokenBucket(double per_second, double burst);

    // When the next call may go: now or later. Does not book it.
    Clock::time_point next(Clock::time_point now) const;
    // When a call could go that leaves a quarter of the burst to others, if none came meanwhile.
    Clock::time_point next_in_background(Clock::time_point now) const;
    // Books that call. Counts from `now` even if the call itself waits longer for another bucket: a queue in front of
    // one endpoint must not stand in the way of the others.
    void book(Clock::time_point now);

  private:
    Clock::duration interval_;
    Clock::duration credit_;    // how far the calls may run ahead of their even spacing
    Clock::time_point even_{};  // where the next call would stand if all were evenly spaced
};

struct RateLimits {
    int account_per_second = 80;   // Stripe allows 100 live, 25 in a sandbox (reference §4)
    int endpoint_per_second = 20;  // Stripe allows 25
};

class RateLimiter {
  public:
    explicit RateLimiter(RateLimits limits);

    // How long to wait before the call may go, booked; nothing where that would be later than `deadline`.
    std::optional<std::chrono::steady_clock::duration> book(std::string_view endpoint,
                                                            std::chrono::steady_clock::time_point now,
                                                            std::chrono::steady_clock::time_point deadline);
    // For a call that may wait: zero where it goes now, booked; else after how long to ask again, nothing booked.
    std::chrono::steady_clock::duration book_in_background(std::string_view endpoint,
                                                           std::chrono::steady_clock::time_point now);

  private:
    TokenBucket& bucket_of(std::string_view endpoint);

    RateLimits limits_;
    TokenBucket account_;
    std::map<std::string, TokenBucket, std::less<>> endpoints_;  // as many as there are endpoints in the code
};

}  // namespace quittance::stripe_gateway
