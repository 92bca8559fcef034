// The start and the length of a page: `page` and `limit` of numbered pages, `limit` and `startingAfter` of the Billing
// API. A missing parameter has its default, and a wrong one is an error that names it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "edge/requests/query.hpp"
#include "http/server/problem.hpp"

namespace quittance::edge {

// `page` from 1, `limit` from 1 to 100.
struct Paging {
    std::int64_t page = 1;
    std::int32_t limit = 10;
};

Paging read_paging(const Query& query, std::vector<http::FieldError>& errors);

// `limit` from 0 to 100, as ^[0-9][0-9]?$|^100$.
struct CursorPaging {
    std::int32_t limit = 20;
    std::string starting_after;
};

CursorPaging read_cursor_paging(const Query& query, std::vector<http::FieldError>& errors);

}  // namespace quittance::edge
