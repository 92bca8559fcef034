// The token bucket of each caller.
#include "edge/auth/caller_rate_limits.hpp"

#include <catch2/catch.hpp>

using namespace quittance;
using namespace std::chrono_literals;

namespace {
const edge::CallerRateLimits::Clock::time_point kStart{1'000h};
}

TEST_CASE("a caller may make its burst at once and then goes on at its rate") {
    edge::CallerRateLimits limits({10, 3, 100});
    for (int i = 0; i < 3; ++i) CHECK_FALSE(limits.take("key:ops", kStart));
    const auto wait = limits.take("key:ops", kStart);
    REQUIRE(wait);
    CHECK(*wait == 100ms);
    CHECK_FALSE(limits.take("key:ops", kStart + 100ms));
    CHECK(limits.take("key:ops", kStart + 100ms));
    // A long pause fills the bucket to the burst and no further.
    for (int i = 0; i < 3; ++i) CHECK_FALSE(limits.take("key:ops", kStart + 1h));
    CHECK(limits.take("key:ops", kStart + 1h));
}

TEST_CASE("callers do not use up each other's requests") {
    edge::CallerRateLimits limits({1, 1, 100});
    CHECK_FALSE(limits.take("key:a", kStart));
    CHECK(limits.take("key:a", kStart));
    CHECK_FALSE(limits.take("key:b", kStart));
    CHECK_FALSE(limits.take("subject:a", kStart));
}

TEST_CASE("zero means no limit") {
    edge::CallerRateLimits limits({0, 1, 100});
    for (int i = 0; i < 1'000; ++i) CHECK_FALSE(limits.take("key:a", kStart));
}

TEST_CASE("the number of callers is limited, and the one idle for longest is forgotten") {
    edge::CallerRateLimits limits({0.001, 1, 2});
    CHECK_FALSE(limits.take("a", kStart));
    CHECK_FALSE(limits.take("b", kStart));
    CHECK(limits.take("a", kStart));
    CHECK_FALSE(limits.take("c", kStart));  // b is forgotten
    CHECK(limits.take("a", kStart));
    CHECK_FALSE(limits.take("b", kStart));
}

TEST_CASE("the refusal says when to retry") {
    const edge::CallerRateLimits limits({2, 10, 100});
    http::Request request;
    request.request_id = "r-1";
    const auto response = edge::too_many_requests(request, limits, 1'200ms);
    CHECK(response.status == 429);
    CHECK(response.content_type == "application/problem+json");
    CHECK(*http::find_header(response.headers, "Retry-After") == "2");
    CHECK(*http::find_header(response.headers, "RateLimit-Policy") == "\"caller\";q=10;w=5");
    CHECK(*http::find_header(response.headers, "RateLimit") == "\"caller\";r=0;t=2");
}
