#include "edge/requests/paging.hpp"

#include "edge/requests/identifiers.hpp"

namespace quittance::edge {
namespace {

constexpr std::int64_t kLargestPage = 1'000'000'000'000;  // times 100 still fits 64 bits
constexpr std::int64_t kLargestLimit = 100;
constexpr std::size_t kLongestCursorLimit = 3;

}  // namespace

Paging read_paging(const Query& query, std::vector<http::FieldError>& errors) {
    Paging paging;
    if (const auto given = query.value("page")) {
        const auto page = whole_number(*given);
        if (!page || *page < 1 || *page > kLargestPage)
            errors.push_back({"page", "must be a whole number of at least 1"});
        else
            paging.page = *page;
    }
    if (const auto given = query.value("limit")) {
        const auto limit = whole_number(*given);
        if (!limit || *limit < 1 || *limit > kLargestLimit)
            errors.push_back({"limit", "must be a whole number from 1 to 100"});
        else
            paging.limit = static_cast<std::int32_t>(*limit);
    }
    return paging;
}

CursorPaging read_cursor_paging(const Query& query, std::vector<http::FieldError>& errors) {
    CursorPaging paging;
    if (const auto given = query.value("limit")) {
        const auto limit = whole_number(*given);
        const bool too_long =
            given->size() > kLongestCursorLimit || (given->size() == kLongestCursorLimit && *given != "100");
        if (!limit || too_long)
            errors.push_back({"limit", "must be a whole number from 0 to 100"});
        else
            paging.limit = static_cast<std::int32_t>(*limit);
    }
    if (const auto given = query.value("startingAfter")) {
        if (could_be_invoice_id(*given))
            paging.starting_after = *given;
        else
            errors.push_back({"startingAfter", "is not an invoice that you may see"});
    }
    return paging;
}

}  // namespace quittance::edge
