#include "quittancectl/time_argument.hpp"

#include <charconv>

#include "base/timestamps.hpp"

namespace quittance::quittancectl {
namespace {

constexpr std::int64_t kLongest = std::int64_t{3'660} * 86'400;

std::int64_t unit_seconds(char unit) {
    switch (unit) {
        case 's':
            return 1;
        case 'm':
            return 60;
        case 'h':
            return 3'600;
        case 'd':
            return 86'400;
        default:
            return 0;
    }
}

}  // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) {
    if (text.size() < 2) return std::nullopt;
    const auto unit = unit_seconds(text.back());
    std::int64_t count = 0;
    const auto* end = text.data() + text.size() - 1;
    const auto read = std::from_chars(text.data(), end, count);
    if (unit == 0 || read.ec != std::errc() || read.ptr != end || count < 1 || count > kLongest / unit)
        return std::nullopt;
    return count * unit;
}

std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now) {
    if (const auto ago = parse_duration(text)) return now - *ago;
    const auto time = base::parse_rfc3339(text);
    if (!time) return std::nullopt;
    return time->seconds();
}

}  // namespace quittance::quittancectl
