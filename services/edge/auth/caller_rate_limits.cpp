#include "edge/auth/caller_rate_limits.hpp"

#include <algorithm>
#include <cmath>

#include "edge/responses/problems.hpp"

namespace quittance::edge {

std::optional<std::chrono::milliseconds> CallerRateLimits::take(const std::string& caller, Clock::time_point now) {
    const auto wait = buckets_.take(caller, now);
    if (wait == Clock::duration::zero()) return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(wait);
}

http::Response too_many_requests(const http::Request& request, const CallerRateLimits& limits,
                                 std::chrono::milliseconds wait) {
    const auto seconds =
        std::to_string(std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count()));
    const auto quota = std::to_string(static_cast<std::int64_t>(limits.burst()));
    const auto window = std::to_string(
        std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(limits.burst() / limits.requests_per_second()))));
    auto response = refuse(request, 429, "rate_limited",
                           "Too many requests with this credential; retry after the time in Retry-After.");
    response.headers.push_back({"Retry-After", seconds});
    response.headers.push_back({"RateLimit-Policy", "\"caller\";q=" + quota + ";w=" + window});
    response.headers.push_back({"RateLimit", "\"caller\";r=0;t=" + seconds});
    return response;
}

}  // namespace quittance::edge
