// Where a list begins and how long it is: `page` and `limit` of the numbered lists, `limit` and `startingAfter` of the
// Billing API's. What is left out has its default; anything else that is wrong is an error that names the parameter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "edge/requests/query.hpp"
#include "http/server/problem.hpp"

namespace quittance::edge {

// page 1 and up, limit 1 to 100.
struct Paging {
    std::int64_t page = 1;
    std::int32_t limit = 10;
};

Paging read_paging(const Query& query, std::vector<http::FieldError>& errors);

// limit matches ^[0-9][0-9]?$|^100$.
struct CursorPaging {
    std::int32_t limit = 20;
    std::string starting_after;
};

CursorPaging read_cursor_paging(const Query& query, std::vector<http::FieldError>& errors);

}  // namespace quittance::edge
