// The filters of the Admin list: valid values, and an error for every wrong one.
#include "edge/requests/invoice_filter.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "base/timestamps.hpp"

using namespace quittance;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::array<std::string_view, 6> kFilters{"status", "team", "user", "customer", "createdFrom", "createdTo"};
constexpr const char* kTeam = "6548a41138406c14db33b606";

v1::InvoiceFilter read(const std::string& text, std::string& refused) {
    std::vector<http::FieldError> errors;
    const edge::Query query(text, kFilters, errors);
    auto filter = edge::read_filter(query, errors);
    for (const auto& error : errors) refused += (refused.empty() ? "" : " ") + error.field;
    return filter;
}

std::string refused(const std::string& text) {
    std::string fields;
    read(text, fields);
    return fields;
}

}  // namespace

TEST_CASE("filters are read") {
    std::string wrong;
    const auto filter = read(std::string("status=paid&team=") + kTeam + "&user=" + kTeam +
                                 "&customer=cus_1&createdFrom=2023-11-06&createdTo=2023-11-07T00:00:00.5%2B01:00",
                             wrong);
    CHECK(wrong.empty());
    CHECK(filter.status() == "paid");
    CHECK(filter.team_id() == kTeam);
    CHECK(filter.user_id() == kTeam);
    CHECK(filter.stripe_customer_id() == "cus_1");
    CHECK(filter.created_from().seconds() == 1'699'228'800);
    CHECK(filter.created_to().seconds() == 1'699'311'600);
    CHECK(filter.created_to().nanos() == 500'000'000);
    CHECK_FALSE(read("", wrong).has_created_from());
}

TEST_CASE("every wrong filter is named") {
    CHECK(refused("status=PAID") == "status");
    CHECK(refused("status=") == "status");
    CHECK(refused("team=abc&user=6548A41138406C14DB33B606") == "team user");
    CHECK(refused("customer=") == "customer");
    CHECK(refused("customer=a%27b") == "customer");
    CHECK(refused("createdFrom=yesterday&createdTo=2023-02-29") == "createdFrom createdTo");
    CHECK(refused("statuss=paid") == "statuss");
    CHECK(refused("status=paid&status=open") == "status");
}

TEST_CASE("times are RFC 3339") {
    const auto seconds = [](const char* text) {
        const auto time = base::parse_rfc3339(text);
        return time ? time->seconds() : -1;
    };
    CHECK(seconds("2023-11-06T15:07:28Z") == 1'699'283'248);
    CHECK(seconds("2023-11-06T15:07:28.123456789z") == 1'699'283'248);
    CHECK(seconds("2023-11-06T17:07:28+02:00") == 1'699'283'248);
    CHECK(seconds("2023-11-06T10:37:28-04:30") == 1'699'283'248);
    CHECK(seconds("2024-02-29") == 1'709'164'800);
    CHECK(base::parse_rfc3339("2023-11-06T15:07:28.55Z")->nanos() == 550'000'000);
    for (const char* text : {"", "2023", "2023-13-01", "2023-11-31", "2023-11-06T", "2023-11-06T24:00:00Z",
                             "2023-11-06T15:07:28", "2023-11-06T15:07:28.Z", "2023-11-06T15:07Z",
                             "2023-11-06T15:07:28Zx", "1699283248", "1969-12-31", "2023-11-06T15:07:28+1:00"})
        CHECK(seconds(text) == -1);
}
