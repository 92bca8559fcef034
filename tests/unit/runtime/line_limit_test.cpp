// Lines beyond a limit are left out, and counted.
#include "runtime/line_limit.hpp"

#include <catch2/catch.hpp>

#include "support/patience.hpp"

using quittance::runtime::LineLimit;

TEST_CASE("so many lines go at once, and a later one tells how many were left out") {
    LineLimit limit(10);
    std::int64_t admitted = 0;
    std::int64_t told = 0;
    const auto one = [&] {
        const auto left_out = limit.admit();
        if (!left_out) return false;
        ++admitted;
        told += *left_out;
        return true;
    };
    constexpr int kLines = 100'000;
    for (int i = 0; i < kLines; ++i) one();
    // As many as the limit at once, and a few more while the loop ran.
    CHECK(admitted >= 10);
    CHECK(admitted < kLines / 10);
    std::int64_t more = 0;
    REQUIRE(quittance::test::eventually([&] {
        ++more;
        return one();
    }));
    CHECK(told + admitted == kLines + more);
}

TEST_CASE("a limit of 0 lets nothing through") {
    LineLimit limit(0);
    for (int i = 0; i < 10; ++i) CHECK_FALSE(limit.admit());
}
