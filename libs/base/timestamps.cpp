#include "base/timestamps.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace quittance::base {
namespace {

// Takes `digits` decimal digits off the front, as a number within [least, most].
bool take_number(std::string_view& text, std::size_t digits, unsigned least, unsigned most, unsigned& out) {
    if (text.size() < digits) return false;
    const auto* end = text.data() + digits;
    const auto [stop, error] = std::from_chars(text.data(), end, out);
    if (error != std::errc() || stop != end || out < least || out > most) return false;
    text.remove_prefix(digits);
    return true;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

bool take_fraction(std::string_view& text, int& nanos) {
    constexpr std::size_t kMostDigits = 9;
    std::size_t digits = 0;
    for (nanos = 0; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits)
        if (digits < kMostDigits) nanos = nanos * 10 + (text[digits] - '0');
    if (digits == 0) return false;
    for (std::size_t i = digits; i < kMostDigits; ++i) nanos *= 10;
    text.remove_prefix(digits);
    return true;
}

// "Z" or "+hh:mm", in seconds east of UTC.
bool take_offset(std::string_view& text, int& seconds) {
    seconds = 0;
    if (take(text, 'Z') || take(text, 'z')) return true;
    const int sign = !text.empty() && text.front() == '-' ? -1 : 1;
    if (!take(text, '+') && !take(text, '-')) return false;
    unsigned hours = 0;
    unsigned minutes = 0;
    if (!take_number(text, 2, 0, 23, hours) || !take(text, ':') || !take_number(text, 2, 0, 59, minutes)) return false;
    seconds = sign * static_cast<int>(hours * 3600 + minutes * 60);
    return true;
}

}  // namespace

std::int64_t unix_now() {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::strong_ordering compare(const google::protobuf::Timestamp& left, const google::protobuf::Timestamp& right) {
    if (const auto order = left.seconds() <=> right.seconds(); std::is_neq(order)) return order;
    return left.nanos() <=> right.nanos();
}

CivilTime civil_time(std::int64_t unix_seconds) {
    const std::chrono::sys_seconds time{std::chrono::seconds(unix_seconds)};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const auto second_of_day = static_cast<unsigned>((time - day).count());
    return {.year = static_cast<int>(date.year()),
            .month = static_cast<unsigned>(date.month()),
            .day = static_cast<unsigned>(date.day()),
            .hour = second_of_day / 3600,
            .minute = second_of_day / 60 % 60,
            .second = second_of_day % 60};
}

std::optional<std::int64_t> unix_seconds(const CivilTime& time) {
    const std::chrono::year_month_day date{std::chrono::year(time.year), std::chrono::month(time.month),
                                           std::chrono::day(time.day)};
    if (!date.ok() || time.hour > 23 || time.minute > 59 || time.second > 59) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(days).count() + time.hour * 3600 + time.minute * 60 +
           time.second;
}

void append_digits(std::string& out, unsigned value, std::size_t width) {
    constexpr std::size_t kMostDigits = 10;
    std::array<char, kMostDigits> digits{};
    const auto used = std::min(width, kMostDigits);
    for (auto i = used; i-- > 0; value /= 10) digits[i] = static_cast<char>('0' + value % 10);
    out.append(digits.data(), used);
}

void append_rfc3339(std::string& out, const google::protobuf::Timestamp& time) {
    constexpr int kNanosPerMilli = 1'000'000;
    const auto civil = civil_time(time.seconds());
    // Written in place: two of these stand in every invoice of a list.
    const auto start = out.size();
    out += "0000-00-00T00:00:00.000Z";
    const auto put = [&out, start](std::size_t last, unsigned value) {
        for (; value > 0; value /= 10) out[start + last--] = static_cast<char>('0' + value % 10);
    };
    put(3, static_cast<unsigned>(std::clamp(civil.year, 0, 9'999)));
    put(6, civil.month);
    put(9, civil.day);
    put(12, civil.hour);
    put(15, civil.minute);
    put(18, civil.second);
    put(22, static_cast<unsigned>(time.nanos() / kNanosPerMilli));
}

std::optional<google::protobuf::Timestamp> parse_rfc3339(std::string_view text) {
    CivilTime civil;
    unsigned year = 0;
    int nanos = 0;
    int offset = 0;
    if (!take_number(text, 4, 1970, 9999, year) || !take(text, '-') || !take_number(text, 2, 1, 12, civil.month) ||
        !take(text, '-') || !take_number(text, 2, 1, 31, civil.day))
        return std::nullopt;
    civil.year = static_cast<int>(year);
    if (!text.empty()) {
        if (!(take(text, 'T') || take(text, 't') || take(text, ' ')) || !take_number(text, 2, 0, 23, civil.hour) ||
            !take(text, ':') || !take_number(text, 2, 0, 59, civil.minute) || !take(text, ':') ||
            !take_number(text, 2, 0, 59, civil.second))
            return std::nullopt;
        if (take(text, '.') && !take_fraction(text, nanos)) return std::nullopt;
        if (!take_offset(text, offset) || !text.empty()) return std::nullopt;
    }
    const auto seconds = unix_seconds(civil);
    if (!seconds) return std::nullopt;
    google::protobuf::Timestamp time;
    time.set_seconds(*seconds - offset);
    time.set_nanos(nanos);
    return time;
}

}  // namespace quittance::base
