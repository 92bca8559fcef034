#include "edge/auth/caller_rate_limits.hpp"

#include <algorithm>
#include <cmath>

#include "edge/responses/problems.hpp"

namespace quittance::edge {

std::optional<std::chrono::milliseconds> RateLimits::take(const std::string& caller, Clock::time_point now) {
    if (options_.requests_per_second <= 0) return std::nullopt;
    const auto found = by_caller_.find(caller);
    if (found == by_caller_.end()) {
        buckets_.push_front({caller, options_.burst, now});
        by_caller_[caller] = buckets_.begin();
        if (buckets_.size() > options_.callers) {
            by_caller_.erase(buckets_.back().caller);
            buckets_.pop_back();
        }
    } else {
        buckets_.splice(buckets_.begin(), buckets_, found->second);
    }
    auto& bucket = buckets_.front();
    const auto passed = std::chrono::duration<double>(now - bucket.filled).count();
    bucket.tokens = std::min(options_.burst, bucket.tokens + passed * options_.requests_per_second);
    bucket.filled = now;
    if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return std::nullopt;
    }
    constexpr double kMillisPerSecond = 1000;
    const auto wait = std::ceil((1 - bucket.tokens) / options_.requests_per_second * kMillisPerSecond);
    return std::chrono::milliseconds(static_cast<std::int64_t>(wait));
}

http::Response too_many_requests(const http::Request& request, const RateLimits& limits,
                                 std::chrono::milliseconds wait) {
    constexpr std::int64_t kMillisPerSecond = 1000;
    const auto seconds =
        std::to_string(std::max<std::int64_t>(1, (wait.count() + kMillisPerSecond - 1) / kMillisPerSecond));
    const auto quota = std::to_string(static_cast<std::int64_t>(limits.burst()));
    const auto window = std::to_string(
        std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(limits.burst() / limits.requests_per_second()))));
    auto response = refuse(request, 429, "rate_limited", "Too many requests with this credential.");
    response.headers.push_back({"Retry-After", seconds});
    response.headers.push_back({"RateLimit-Policy", "\"caller\";q=" + quota + ";w=" + window});
    response.headers.push_back({"RateLimit", "\"caller\";r=0;t=" + seconds});
    return response;
}

}  // namespace quittance::edge
