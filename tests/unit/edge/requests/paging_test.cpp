// `page` and `limit`, `limit` and `startingAfter`: valid values, and an error for every wrong one.
#include "edge/requests/paging.hpp"

#include <catch2/catch.hpp>

#include "edge/api/billing_api.hpp"
#include "edge/api/client_api.hpp"

using namespace quittance::edge;  // NOLINT(google-build-using-namespace)
using quittance::http::FieldError;

namespace {

std::string fields_of(const std::vector<FieldError>& errors) {
    std::string fields;
    for (const auto& error : errors) {
        CHECK_FALSE(error.message.empty());
        fields += (fields.empty() ? "" : " ") + error.field;
    }
    return fields;
}

struct Case {
    std::string query;
    std::int64_t page;
    std::int32_t limit;
    std::string refused;
};

}  // namespace

TEST_CASE("numbered pages") {
    const std::vector<Case> cases{
        {"", 1, 10, ""},
        {"page=2", 2, 10, ""},
        {"limit=100", 1, 100, ""},
        {"page=3&limit=1", 3, 1, ""},
        {"limit=7&page=9", 9, 7, ""},
        {"page=0002", 2, 10, ""},
        {"%70age=%32", 2, 10, ""},
        {"page=1000000000000", 1'000'000'000'000, 10, ""},
        {"other=0&Page=x&pages=0", 1, 10, "other Page pages"},
        {"other=0&other=1&page=2", 1, 10, "other"},
        {"page=0", 0, 0, "page"},
        {"page=-1", 0, 0, "page"},
        {"page=+1", 0, 0, "page"},
        {"page=%2B1", 0, 0, "page"},
        {"page=1e3", 0, 0, "page"},
        {"page=1.0", 0, 0, "page"},
        {"page=0x1", 0, 0, "page"},
        {"page=abc", 0, 0, "page"},
        {"page=", 0, 0, "page"},
        {"page", 0, 0, "page"},
        {"page=1%20", 0, 0, "page"},
        {"page=%00", 0, 0, "page"},
        {"page=1%00", 0, 0, "page"},
        {"page=%D9%A1", 0, 0, "page"},
        {"page=9223372036854775807", 0, 0, "page"},
        {"page=9223372036854775808", 0, 0, "page"},
        {"page=18446744073709551617", 0, 0, "page"},
        {"page=99999999999999999999999999", 0, 0, "page"},
        {"limit=0", 0, 0, "limit"},
        {"limit=101", 0, 0, "limit"},
        {"limit=-1", 0, 0, "limit"},
        {"limit=1e3", 0, 0, "limit"},
        {"limit=abc", 0, 0, "limit"},
        {"limit=4294967297", 0, 0, "limit"},
        {"page=1&page=1", 0, 0, "page"},
        {"limit=5&limit=6", 0, 0, "limit"},
        {"page=0&limit=101", 0, 0, "page limit"},
        {"page=x&limit=y", 0, 0, "page limit"},
        {"page=%zz", 0, 0, "query"},
    };
    for (const auto& one : cases) {
        INFO(one.query);
        std::vector<FieldError> errors;
        const auto paging = read_paging(Query(one.query, kHistoryParameters, errors), errors);
        CHECK(fields_of(errors) == one.refused);
        if (!one.refused.empty()) continue;
        CHECK(paging.page == one.page);
        CHECK(paging.limit == one.limit);
    }
}

TEST_CASE("cursor pages: limit matches ^[0-9][0-9]?$|^100$") {
    const std::vector<Case> cases{
        {"", 0, 20, ""},
        {"limit=0", 0, 0, ""},
        {"limit=00", 0, 0, ""},
        {"limit=07", 0, 7, ""},
        {"limit=99", 0, 99, ""},
        {"limit=100", 0, 100, ""},
        {"limit=101", 0, 0, "limit"},
        {"limit=007", 0, 0, "limit"},
        {"limit=0100", 0, 0, "limit"},
        {"limit=", 0, 0, "limit"},
        {"limit=-1", 0, 0, "limit"},
        {"limit=1e1", 0, 0, "limit"},
        {"limit=5&limit=5", 0, 0, "limit"},
        {"limit=%31%30", 0, 10, ""},
        {"limit=%", 0, 0, "query"},
    };
    for (const auto& one : cases) {
        INFO(one.query);
        std::vector<FieldError> errors;
        const auto paging = read_cursor_paging(Query(one.query, kBillingListParameters, errors), errors);
        CHECK(fields_of(errors) == one.refused);
        if (one.refused.empty()) CHECK(paging.limit == one.limit);
    }
}

TEST_CASE("cursor pages: startingAfter is an invoice's id") {
    const auto check = [](const std::string& query, const std::string& id, const std::string& refused) {
        INFO(query);
        std::vector<FieldError> errors;
        const auto paging = read_cursor_paging(Query(query, kBillingListParameters, errors), errors);
        CHECK(fields_of(errors) == refused);
        if (refused.empty()) CHECK(paging.starting_after == id);
    };
    check("", "", "");
    check("startingAfter=65490130ff600e06af2a9694", "65490130ff600e06af2a9694", "");
    check("startingAfter=", "", "startingAfter");
    check("startingAfter=65490130FF600E06AF2A9694", "", "startingAfter");
    check("startingAfter=65490130ff600e06af2a969", "", "startingAfter");
    check("startingAfter=65490130ff600e06af2a9694%00", "", "startingAfter");
    check("startingAfter='%20or%201=1", "", "startingAfter");
    check("startingAfter=in_%FF", "", "startingAfter");
    check("limit=x&startingAfter=y", "", "limit startingAfter");
    check("startingAfter=65490130ff600e06af2a9694&startingAfter=65490130ff600e06af2a9694", "", "startingAfter");
}
