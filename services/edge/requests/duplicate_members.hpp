// Members of a JSON text that are given more than once. Parsers differ in which one they keep (RFC 8259, 4). Such a
// member may be an amount of money, so the edge refuses it instead of choosing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quittance::edge {

// The path of each duplicate, once: "customer", "items[3].amount". `text` is valid JSON. Returns at most 100 paths.
std::vector<std::string> duplicate_members(std::string_view text);

}  // namespace quittance::edge
