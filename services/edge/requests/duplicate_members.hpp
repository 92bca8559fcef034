// Members of a JSON text that are given more than once. A parser keeps one of them, another parser perhaps the other:
// where they are sums of money, nobody may guess which was meant (RFC 8259, 4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quittance::edge {

// The path of each, once: "customer", "items[3].amount". `text` is valid JSON. At most 100 of them.
std::vector<std::string> duplicate_members(std::string_view text);

}  // namespace quittance::edge
