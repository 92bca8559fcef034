#include "stripe_gateway/stripe_api/rate_limiter.hpp"

#include <algorithm>

namespace quittance::stripe_gateway {

RateLimiter::RateLimiter(RateLimits limits)
    : limits_(limits), account_(limits.account_per_second, limits.account_per_second) {}

std::optional<std::chrono::steady_clock::duration> RateLimiter::book(std::string_view endpoint,
                                                                     std::chrono::steady_clock::time_point now,
                                                                     std::chrono::steady_clock::time_point deadline) {
    auto& bucket = bucket_of(endpoint);
    const auto when = std::max(account_.next(now), bucket.next(now));
    if (when > now && when >= deadline) return std::nullopt;
    account_.book(now);
    bucket.book(now);
    return when - now;
}

std::chrono::steady_clock::duration RateLimiter::book_in_background(std::string_view endpoint,
                                                                    std::chrono::steady_clock::time_point now) {
    auto& bucket = bucket_of(endpoint);
    const auto when = std::max(account_.next_in_background(now), bucket.next_in_background(now));
    if (when > now) return when - now;
    account_.book(now);
    bucket.book(now);
    return std::chrono::steady_clock::duration::zero();
}

base::TokenBucket& RateLimiter::bucket_of(std::string_view endpoint) {
    const auto found = endpoints_.find(endpoint);
    if (found != endpoints_.end()) return found->second;
    const base::TokenBucket fresh(limits_.endpoint_per_second, limits_.endpoint_per_second);
    return endpoints_.emplace(std::string(endpoint), fresh).first->second;
}

}  // namespace quittance::stripe_gateway
