// Token buckets by name, and how many names are remembered.
#include "base/token_buckets.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using quittance::base::TokenBuckets;

namespace {
const TokenBuckets::Clock::time_point kStart{1'000h};
}

TEST_CASE("each name has a bucket of its own") {
    TokenBuckets buckets(10, 2, 100);
    for (int i = 0; i < 2; ++i) CHECK(buckets.take("a", kStart) == 0ms);
    CHECK(buckets.take("a", kStart) == 100ms);
    CHECK(buckets.take("b", kStart) == 0ms);
    CHECK(buckets.take("a", kStart + 100ms) == 0ms);
}

TEST_CASE("the number of names is limited, and the one idle for longest is forgotten") {
    TokenBuckets buckets(0.001, 1, 2);
    CHECK(buckets.take("a", kStart) == 0ms);
    CHECK(buckets.take("b", kStart) == 0ms);
    CHECK(buckets.take("a", kStart) > 0ms);
    CHECK(buckets.take("c", kStart) == 0ms);  // b is forgotten
    CHECK(buckets.take("a", kStart) > 0ms);
    CHECK(buckets.take("b", kStart) == 0ms);
    for (int i = 0; i < 1'000; ++i) {
        buckets.take(std::to_string(i), kStart);
        REQUIRE(buckets.size() <= 2);
    }
}

TEST_CASE("without a limit no name is remembered") {
    TokenBuckets buckets(0, 1, 2);
    for (int i = 0; i < 10; ++i) CHECK(buckets.take("a", kStart) == 0ms);
    CHECK(buckets.size() == 0);
}
