// The token buckets, with a clock of the test.
#include "stripe_gateway/stripe_api/rate_limiter.hpp"

#include <catch2/catch.hpp>

namespace quittance::stripe_gateway {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Clock::time_point kStart{seconds(1'000)};

milliseconds wait_of(RateLimiter& limiter, std::string_view endpoint, Clock::time_point now) {
    const auto booked = limiter.book(endpoint, now, now + seconds(3'600));
    REQUIRE(booked);
    return std::chrono::duration_cast<milliseconds>(*booked);
}

TEST_CASE("a burst of a second goes at once, then calls are spaced evenly") {
    RateLimiter limiter({1'000, 10});
    for (int i = 0; i < 10; ++i) CHECK(wait_of(limiter, "a", kStart) == milliseconds(0));
    CHECK(wait_of(limiter, "a", kStart) == milliseconds(100));
    CHECK(wait_of(limiter, "a", kStart) == milliseconds(200));
    // After a pause of a second only what was booked ahead is missing.
    for (int i = 0; i < 8; ++i) CHECK(wait_of(limiter, "a", kStart + seconds(1)) == milliseconds(0));
    CHECK(wait_of(limiter, "a", kStart + seconds(1)) == milliseconds(100));
}

TEST_CASE("a long pause earns one burst, not more") {
    RateLimiter limiter({0, 10});
    for (int i = 0; i < 10; ++i) CHECK(wait_of(limiter, "a", kStart + seconds(500)) == milliseconds(0));
    CHECK(wait_of(limiter, "a", kStart + seconds(500)) > milliseconds(0));
}

TEST_CASE("never more than burst plus rate times time, whatever the order") {
    RateLimiter limiter({50, 20});
    const char* const endpoints[] = {"a", "b", "c"};
    std::map<std::string, std::vector<Clock::time_point>> calls;
    for (int i = 0; i < 600; ++i) {
        const auto now = kStart + milliseconds(5 * i);
        const auto* endpoint = endpoints[(i * 7) % 3];
        const auto booked = limiter.book(endpoint, now, now + seconds(60));
        if (booked) calls[endpoint].push_back(now + *booked);
    }
    for (const auto& [endpoint, times] : calls) {
        INFO(endpoint);
        CHECK(std::is_sorted(times.begin(), times.end()));
        for (std::size_t i = 0; i + 21 < times.size(); ++i)
            CHECK(times[i + 20] - times[i] >= milliseconds(49));  // 20 in the burst, then one each 50 ms
    }
}

TEST_CASE("a queue in front of one endpoint does not hold up another") {
    RateLimiter limiter({100, 10});
    for (int i = 0; i < 50; ++i) wait_of(limiter, "busy", kStart);
    CHECK(wait_of(limiter, "busy", kStart) > seconds(3));
    CHECK(wait_of(limiter, "idle", kStart) == milliseconds(0));
}

TEST_CASE("the account's limit holds over all endpoints") {
    RateLimiter limiter({10, 0});
    for (int i = 0; i < 10; ++i) CHECK(wait_of(limiter, i % 2 == 0 ? "a" : "b", kStart) == milliseconds(0));
    CHECK(wait_of(limiter, "a", kStart) == milliseconds(100));
    CHECK(wait_of(limiter, "b", kStart) == milliseconds(200));
}

TEST_CASE("what would come after the deadline is refused and books nothing") {
    RateLimiter limiter({0, 1});
    CHECK(wait_of(limiter, "a", kStart) == milliseconds(0));
    for (int i = 0; i < 100; ++i) CHECK_FALSE(limiter.book("a", kStart, kStart + milliseconds(500)));
    CHECK(wait_of(limiter, "a", kStart) == milliseconds(1'000));
}

TEST_CASE("without limits nobody waits") {
    RateLimiter limiter({0, 0});
    for (int i = 0; i < 1'000; ++i) CHECK(wait_of(limiter, "a", kStart) == milliseconds(0));
}

TEST_CASE("background calls leave a quarter of the burst to live ones, and book nothing ahead") {
    RateLimiter limiter({0, 21});
    int gone = 0;
    while (limiter.book_in_background("a", kStart) == Clock::duration::zero()) ++gone;
    CHECK(gone == 16);
    for (int i = 0; i < 50; ++i) CHECK(limiter.book_in_background("a", kStart) > Clock::duration::zero());
    // What is left is for live calls, at once.
    for (int i = 0; i < 5; ++i) CHECK(wait_of(limiter, "a", kStart) == milliseconds(0));
    CHECK(wait_of(limiter, "a", kStart) > milliseconds(0));
}

TEST_CASE("a background call waits behind live ones, however long it has asked") {
    RateLimiter limiter({10, 0});
    for (int i = 0; i < 30; ++i) wait_of(limiter, "a", kStart);  // two seconds ahead
    auto now = kStart;
    for (int i = 0; i < 20; ++i) {
        now += milliseconds(100);
        CHECK(limiter.book_in_background("b", now) > Clock::duration::zero());
    }
    // The queue of live calls is empty; what a background call waits for now is the reserve.
    const auto wait = limiter.book_in_background("b", now);
    CHECK(wait > Clock::duration::zero());
    CHECK(wait <= milliseconds(400));
    CHECK(limiter.book_in_background("b", now + wait) == Clock::duration::zero());
}

TEST_CASE("without limits a background call does not wait either") {
    RateLimiter limiter({0, 0});
    for (int i = 0; i < 100; ++i) CHECK(limiter.book_in_background("a", kStart) == Clock::duration::zero());
}

}  // namespace
}  // namespace quittance::stripe_gateway
