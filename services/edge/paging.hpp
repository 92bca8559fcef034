// `page` and `limit` of the numbered lists: 1 and up, 1 to 100; page 1 and limit 10 where left out; anything else is an
// error that names the parameter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/problem.hpp"

namespace quittance::edge {

struct Paging {
    std::int64_t page = 1;
    std::int32_t limit = 10;
};

// `query`: the raw query string. Appends what is wrong to `errors`.
Paging read_paging(std::string_view query, std::vector<http::FieldError>& errors);

// `limit` and `startingAfter` of the Billing API's list: limit matches ^[0-9][0-9]?$|^100$, 20 where left out.
struct CursorPaging {
    std::int32_t limit = 20;
    std::string starting_after;
};

CursorPaging read_cursor_paging(std::string_view query, std::vector<http::FieldError>& errors);

}  // namespace quittance::edge
