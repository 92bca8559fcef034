// Times as operators write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace quittance::quittancectl {

// "90s", "15m", "24h", "30d": so long before `now`. "2026-11-22" or "2026-11-22T04:30:00Z": that time, UTC. Unix
// seconds, 0 up to the year 9999; nothing for anything else.
std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now);

// "90s", "15m", "24h", "30d" as seconds, 1 up to ten years.
std::optional<std::int64_t> parse_duration(std::string_view text);

}  // namespace quittance::quittancectl
