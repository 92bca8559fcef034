#include "quittancectl/time_argument.hpp"

#include <catch2/catch.hpp>

namespace quittance::quittancectl {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;

TEST_CASE("a time is so long ago, a day, or a moment") {
    CHECK(parse_time("90s", kNow) == kNow - 90);
    CHECK(parse_time("15m", kNow) == kNow - 900);
    CHECK(parse_time("24h", kNow) == kNow - 86'400);
    CHECK(parse_time("30d", kNow) == kNow - 30 * 86'400);
    CHECK(parse_time("2023-11-06", kNow) == 1'699'228'800);
    CHECK(parse_time("2023-11-06T15:07:28Z", kNow) == 1'699'283'248);
    CHECK(parse_time("2023-11-06T16:07:28+01:00", kNow) == 1'699'283'248);
}

TEST_CASE("anything else is no time") {
    for (const char* text : {"", "h", "0h", "-1h", "1w", "1.5h", "24", "h24", "99999999999999999999h", "9999999d",
                             "yesterday", "2023-13-01", "2023-11-06T25:00:00Z", "1969-12-31", "2023-11-06T15:07:28"})
        CHECK_FALSE(parse_time(text, kNow));
}

}  // namespace
}  // namespace quittance::quittancectl
