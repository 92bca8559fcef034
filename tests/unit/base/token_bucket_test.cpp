// The bucket over a clock of the test's own: no test waits.
#include "base/token_bucket.hpp"

#include <catch2/catch.hpp>

using quittance::base::TokenBucket;
using namespace std::chrono_literals;

namespace {
constexpr TokenBucket::Clock::time_point kStart{1000s};
}

TEST_CASE("a burst goes at once, then requests are evenly spaced") {
    TokenBucket bucket(10, 3);
    for (int i = 0; i < 3; ++i) CHECK(bucket.take(kStart) == 0s);
    CHECK(bucket.take(kStart) == 100ms);
    CHECK(bucket.take(kStart + 99ms) == 1ms);
    CHECK(bucket.take(kStart + 100ms) == 0s);
    CHECK(bucket.take(kStart + 100ms) == 100ms);
}

TEST_CASE("a pause fills the bucket up to its burst and no further") {
    TokenBucket bucket(10, 3);
    while (bucket.take(kStart) == 0s) {
    }
    for (int i = 0; i < 3; ++i) CHECK(bucket.take(kStart + 1h) == 0s);
    CHECK(bucket.take(kStart + 1h) > 0s);
}

TEST_CASE("a refused request books nothing") {
    TokenBucket bucket(1, 1);
    CHECK(bucket.take(kStart) == 0s);
    for (int i = 0; i < 100; ++i) CHECK(bucket.take(kStart) == 1s);
    CHECK(bucket.take(kStart + 1s) == 0s);
}

TEST_CASE("a bucket without a rate never waits") {
    TokenBucket bucket(0, 1);
    for (int i = 0; i < 1000; ++i) CHECK(bucket.take(kStart) == 0s);
}

TEST_CASE("background requests leave a quarter of the burst") {
    TokenBucket bucket(10, 9);
    int taken = 0;
    while (bucket.next_in_background(kStart) <= kStart) {
        bucket.book(kStart);
        ++taken;
    }
    CHECK(taken == 7);
    CHECK(bucket.take(kStart) == 0s);
}
