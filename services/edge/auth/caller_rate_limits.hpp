// The rate limit of each caller: a token bucket for each API key and each token subject. For one thread: no locks.
#pragma once

#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/token_bucket.hpp"
#include "http/message.hpp"

namespace quittance::edge {

struct CallerRateLimitOptions {
    double requests_per_second = 0;  // 0 for no limit
    double burst = 0;                // requests that may come at once, at least 1
    std::size_t callers = 100'000;   // remembered at most; the one idle for longest is forgotten first
};

class CallerRateLimits {
  public:
    using Clock = base::TokenBucket::Clock;

    explicit CallerRateLimits(CallerRateLimitOptions options) : options_(options) {}

    // Takes one request of the caller. Nothing where it may go on, else the time until the caller may send the next.
    std::optional<std::chrono::milliseconds> take(const std::string& caller, Clock::time_point now);

    double requests_per_second() const { return options_.requests_per_second; }
    double burst() const { return options_.burst; }

  private:
    struct Caller {
        std::string name;
        base::TokenBucket bucket;
    };
    CallerRateLimitOptions options_;
    std::list<Caller> callers_;  // ordered by their last request, the latest first
    std::unordered_map<std::string, std::list<Caller>::iterator> by_caller_;
};

// 429 with Retry-After and the RateLimit fields (draft-ietf-httpapi-ratelimit-headers: RateLimit-Policy, RateLimit).
http::Response too_many_requests(const http::Request& request, const CallerRateLimits& limits,
                                 std::chrono::milliseconds wait);

}  // namespace quittance::edge
