// Keeps our calls below Stripe's rate limits, with a token bucket for the account and one for each endpoint. A live
// call books its moment in the future and sleeps until then, so live calls go in the order in which they came. A
// background call books nothing ahead: it asks again until more is left than the part that is kept for live calls.
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

    // Books the call and returns how long it must wait. Books nothing and returns nothing if that is after `deadline`.
    std::optional<std::chrono::steady_clock::duration> book(std::string_view endpoint,
                                                            std::chrono::steady_clock::time_point now,
                                                            std::chrono::steady_clock::time_point deadline);
    // For a background call. Books it and returns zero if it may go now; else returns how long to wait before asking
    // again.
    std::chrono::steady_clock::duration book_in_background(std::string_view endpoint,
                                                           std::chrono::steady_clock::time_point now);

  private:
    base::TokenBucket& bucket_of(std::string_view endpoint);

    RateLimits limits_;
    base::TokenBucket account_;
    std::map<std::string, base::TokenBucket, std::less<>> endpoints_;  // as many as there are endpoints in the code
};

}  // namespace quittance::stripe_gateway
