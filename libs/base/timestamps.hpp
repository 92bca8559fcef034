// Points in time in UTC: their order, their civil form, and the texts that show them. Every printer and every parser of
// a time in this project uses what stands here.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quittance::base {

inline constexpr std::int64_t kLastSecondOf9999 = 253'402'300'799;

// Seconds since 1970 on the system's clock.
std::int64_t unix_now();

// By seconds, then by nanoseconds. Both times must be normalised, as protobuf's are.
std::strong_ordering compare(const google::protobuf::Timestamp& left, const google::protobuf::Timestamp& right);

struct CivilTime {
    int year = 1970;
    unsigned month = 1;  // 1 to 12
    unsigned day = 1;    // 1 to 31
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
};

// `unix_seconds`: any second of the years 0 to 9999.
CivilTime civil_time(std::int64_t unix_seconds);

// Nothing where there is no such day or time of day: no leap second, no 30 February.
std::optional<std::int64_t> unix_seconds(const CivilTime& time);

// Appends `value` with `width` digits, zeros in front; digits beyond the width are cut off.
void append_digits(std::string& out, unsigned value, std::size_t width);

// Appends "2023-11-06T15:07:28.123Z": RFC 3339 with milliseconds, finer is cut off. Years beyond 9999 show as 9999.
void append_rfc3339(std::string& out, const google::protobuf::Timestamp& time);

// Reads RFC 3339 ("2023-11-06T15:07:28.5+01:00", a blank for the T) or a day alone ("2023-11-06", its midnight in UTC).
// Years 1970 to 9999; digits beyond nanoseconds are cut off. Nothing for anything else.
std::optional<google::protobuf::Timestamp> parse_rfc3339(std::string_view text);

}  // namespace quittance::base
