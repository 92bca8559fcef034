// Civil time both ways, and RFC 3339 as text.
#include "base/timestamps.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace base = quittance::base;
using google::protobuf::Timestamp;

namespace {

Timestamp moment(std::int64_t seconds, int nanos = 0) {
    Timestamp time;
    time.set_seconds(seconds);
    time.set_nanos(nanos);
    return time;
}

std::string text_of(const Timestamp& time) {
    std::string text;
    base::append_rfc3339(text, time);
    return text;
}

}  // namespace

TEST_CASE("a time is printed with milliseconds in UTC") {
    CHECK(text_of(moment(0)) == "1970-01-01T00:00:00.000Z");
    CHECK(text_of(moment(1'699'283'248, 550'999'999)) == "2023-11-06T15:07:28.550Z");
    CHECK(text_of(moment(951'782'400)) == "2000-02-29T00:00:00.000Z");
    CHECK(text_of(moment(base::kLastSecondOf9999)) == "9999-12-31T23:59:59.000Z");
}

TEST_CASE("every printed time is read back") {
    for (std::int64_t second = 0; second <= base::kLastSecondOf9999; second += 86'399 * 997) {
        const auto read = base::parse_rfc3339(text_of(moment(second)));
        REQUIRE(read.has_value());
        CHECK(read->seconds() == second);
        CHECK(base::unix_seconds(base::civil_time(second)) == second);
    }
}

TEST_CASE("offsets, fractions and days alone are read") {
    CHECK(base::parse_rfc3339("2023-11-06")->seconds() == 1'699'228'800);
    CHECK(base::parse_rfc3339("2023-11-06T16:07:28+01:00")->seconds() == 1'699'283'248);
    CHECK(base::parse_rfc3339("2023-11-06 14:37:28-00:30")->seconds() == 1'699'283'248);
    CHECK(base::parse_rfc3339("2023-11-06t15:07:28.1234567899z")->nanos() == 123'456'789);
}

TEST_CASE("a text that names no moment is refused") {
    for (const auto* text :
         {"", "2023", "2023-02-29", "2023-13-01", "2023-11-06T", "2023-11-06T24:00:00Z", "2023-11-06T15:60:00Z",
          "2023-11-06T15:07:60Z", "2023-11-06T15:07:28", "1969-12-31", "2023-11-06T15:07:28.Z",
          "2023-11-06T15:07:28+1:00", "2023-11-06T15:07:28Z ", "+023-11-06"})
        CHECK_FALSE(base::parse_rfc3339(text).has_value());
}

TEST_CASE("times are ordered by second, then by nanosecond") {
    CHECK(std::is_lt(base::compare(moment(1, 999), moment(2))));
    CHECK(std::is_lt(base::compare(moment(1, 1), moment(1, 2))));
    CHECK(std::is_eq(base::compare(moment(1, 1), moment(1, 1))));
}
