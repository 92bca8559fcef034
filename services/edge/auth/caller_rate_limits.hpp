// How many requests one caller may make: a token bucket per API key and per token subject. For one loop: no locks.
#pragma once

#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "http/message.hpp"

namespace quittance::edge {

struct RateLimitOptions {
    double requests_per_second = 0;  // 0: no limit
    double burst = 0;                // requests that may come at once; at least one
    std::size_t callers = 100'000;   // remembered at most; who was silent longest is forgotten first
};

class RateLimits {
  public:
    using Clock = std::chrono::steady_clock;

    explicit RateLimits(RateLimitOptions options) : options_(options) {}

    // Takes one request of the caller's. Nothing: it may go on. Else how long until the next one may come.
    std::optional<std::chrono::milliseconds> take(const std::string& caller, Clock::time_point now);

    double requests_per_second() const { return options_.requests_per_second; }
    double burst() const { return options_.burst; }

  private:
    struct Bucket {
        std::string caller;
        double tokens;
        Clock::time_point filled;
    };
    RateLimitOptions options_;
    std::list<Bucket> buckets_;  // the one used last in front
    std::unordered_map<std::string, std::list<Bucket>::iterator> by_caller_;
};

// 429 with Retry-After and the RateLimit fields (draft-ietf-httpapi-ratelimit-headers: RateLimit-Policy, RateLimit).
http::Response too_many_requests(const http::Request& request, const RateLimits& limits,
                                 std::chrono::milliseconds wait);

}  // namespace quittance::edge
