// Keeps our calls under Stripe's limits: a bucket for the account and one for each endpoint. A live call books its
// moment in the future and sleeps until then, so waiting is first come, first served and costs nothing but a number. A
// background call books nothing ahead: it asks until there is more left than what is kept for live ones.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/token_bucket.hpp"

namespace quittance::stripe_gateway {

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
    base::TokenBucket& bucket_of(std::string_view endpoint);

    RateLimits limits_;
    base::TokenBucket account_;
    std::map<std::string, base::TokenBucket, std::less<>> endpoints_;  // as many as there are endpoints in the code
};

}  // namespace quittance::stripe_gateway
