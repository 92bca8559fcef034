// Times and durations on the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace quittance::quittancectl {

// Unix seconds, 0 up to the year 9999. "90s", "15m", "24h" and "30d" are times before `now`; "2026-11-22" and
// "2026-11-22T04:30:00Z" are times in UTC. Nothing for any other text.
std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now);

// "90s", "15m", "24h" or "30d" in seconds, from 1 s to ten years.
std::optional<std::int64_t> parse_duration(std::string_view text);

}  // namespace quittance::quittancectl
