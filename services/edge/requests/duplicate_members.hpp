// Members of a JSON text that are given more than once. Parsers differ in which one they keep (RFC 8259, 4). Such a
// member may be an amount of money, so the edge refuses it instead of choosing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace quittance::edge {

struct DuplicateMembers {
    std::vector<std::string>
        paths;                // of each duplicate, once: "customer", "items[3].amount"; as short as http::shortened
    std::size_t omitted = 0;  // how many there are beside the first http::kMostFieldErrors
};

// `text` is valid JSON.
DuplicateMembers duplicate_members(std::string_view text);

}  // namespace quittance::edge
