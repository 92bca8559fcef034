#include "edge/paging.hpp"

#include <charconv>
#include <optional>

#include "edge/problems.hpp"

namespace quittance::edge {
namespace {

constexpr std::int64_t kLargestPage = 1'000'000'000'000;  // times 100 still fits 64 bits
constexpr std::int64_t kLargestLimit = 100;

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end) return std::nullopt;
    return number;
}

}  // namespace

Paging read_paging(std::string_view query, std::vector<http::FieldError>& errors) {
    Paging paging;
    std::vector<std::pair<std::string, std::string>> parameters;
    if (!http::parse_query(query, parameters)) {
        errors.push_back({"query", "has a malformed percent escape"});
        return paging;
    }
    int pages = 0;
    int limits = 0;
    for (const auto& [name, value] : parameters) {
        const auto number = whole_number(value);
        if (name == "page") {
            if (++pages > 1)
                errors.push_back({"page", "is given more than once"});
            else if (!number || *number < 1 || *number > kLargestPage)
                errors.push_back({"page", "must be a whole number from 1 up"});
            else
                paging.page = *number;
        } else if (name == "limit") {
            if (++limits > 1)
                errors.push_back({"limit", "is given more than once"});
            else if (!number || *number < 1 || *number > kLargestLimit)
                errors.push_back({"limit", "must be a whole number from 1 to 100"});
            else
                paging.limit = static_cast<std::int32_t>(*number);
        }
    }
    return paging;
}

CursorPaging read_cursor_paging(std::string_view query, std::vector<http::FieldError>& errors) {
    CursorPaging paging;
    std::vector<std::pair<std::string, std::string>> parameters;
    if (!http::parse_query(query, parameters)) {
        errors.push_back({"query", "has a malformed percent escape"});
        return paging;
    }
    constexpr std::size_t kLongestLimit = 3;
    int limits = 0;
    int cursors = 0;
    for (const auto& [name, value] : parameters) {
        if (name == "limit") {
            const auto number = whole_number(value);
            const bool padded = value.size() == kLongestLimit && value != "100";
            if (++limits > 1)
                errors.push_back({"limit", "is given more than once"});
            else if (!number || padded || value.size() > kLongestLimit)
                errors.push_back({"limit", "must be a whole number from 0 to 100"});
            else
                paging.limit = static_cast<std::int32_t>(*number);
        } else if (name == "startingAfter") {
            if (++cursors > 1)
                errors.push_back({"startingAfter", "is given more than once"});
            else if (!could_be_invoice_id(value))
                errors.push_back({"startingAfter", "is no invoice of yours"});
            else
                paging.starting_after = value;
        }
    }
    return paging;
}

}  // namespace quittance::edge
