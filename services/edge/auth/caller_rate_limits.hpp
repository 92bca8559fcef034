// The rate limit of each caller: a token bucket for each API key and each token subject. For one thread: no locks.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/token_buckets.hpp"
#include "http/message.hpp"

namespace quittance::edge {

struct CallerRateLimitOptions {
    double requests_per_second = 0;  // 0 for no limit
    double burst = 0;                // requests that may come at once, at least 1
    std::size_t callers = 100'000;   // remembered at most; the one idle for longest is forgotten first
};

class CallerRateLimits {
  public:
    using Clock = base::TokenBuckets::Clock;

    explicit CallerRateLimits(CallerRateLimitOptions options)
        : buckets_(options.requests_per_second, options.burst, options.callers) {}

    // Takes one request of the caller. Nothing where it may go on, else the time until the caller may send the next.
    std::optional<std::chrono::milliseconds> take(const std::string& caller, Clock::time_point now);

    double requests_per_second() const { return buckets_.per_second(); }
    double burst() const { return buckets_.burst(); }

  private:
    base::TokenBuckets buckets_;
};

// 429 with Retry-After and the RateLimit fields (draft-ietf-httpapi-ratelimit-headers: RateLimit-Policy, RateLimit).
http::Response too_many_requests(const http::Request& request, const CallerRateLimits& limits,
                                 std::chrono::milliseconds wait);

}  // namespace quittance::edge
