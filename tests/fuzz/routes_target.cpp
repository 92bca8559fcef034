// A request's first line: the path to a route, the query to the parameters of the lists.
#include <algorithm>
#include <array>

#include "base/percent.hpp"
#include "base/timestamps.hpp"
#include "edge/requests/invoice_filter.hpp"
#include "edge/requests/paging.hpp"
#include "edge/requests/query.hpp"
#include "fuzz/targets.hpp"
#include "http/server/router.hpp"

namespace quittance::fuzz {
namespace {

// Patterns like the edge's: literals beside names, one path below another.
const http::Router& router() {
    static const http::Router kRouter = [] {
        std::vector<http::Route> routes;
        for (const auto& [method, pattern] : std::vector<std::pair<const char*, const char*>>{
                 {"GET", "/admin/api/invoices"},
                 {"POST", "/admin/api/invoices"},
                 {"GET", "/admin/api/invoices/{id}"},
                 {"GET", "/admin/api/invoices/{id}/link"},
                 {"PUT", "/admin/api/customers/{customer}"},
                 {"GET", "/api/teams/{id}/last-invoice"},
                 {"GET", "/api/teams/{id}/billing-history"},
                 {"GET", "/billing/v1/invoices"},
                 {"GET", "/billing/v1/invoices/{invoiceId}"},
                 {"POST", "/billing/v1/invoices/{invoiceId}/retry-payment"},
                 {"GET", "/billing/v1/invoices/newest"},
                 {"POST", "/webhooks/stripe"},
             })
            routes.push_back({method, pattern, nullptr, 0});
        return http::Router(std::move(routes));
    }();
    return kRouter;
}

void check_path(std::string_view method, std::string_view path) {
    const auto match = router().match(method, path);
    if (match.route == nullptr) return;
    const auto& pattern = match.route->pattern;
    must(std::count(pattern.begin(), pattern.end(), '{') == static_cast<std::ptrdiff_t>(match.path_parameters.size()),
         "each name of a pattern has its segment");
    must(std::none_of(match.path_parameters.begin(), match.path_parameters.end(),
                      [](const auto& segment) { return segment.empty(); }),
         "a segment that stands for a name is not empty");
    must(match.allow.find(match.route->method) != std::string::npos, "the route's method is among those allowed");
}

void check_query(std::string_view text) {
    std::vector<http::FieldError> errors;
    constexpr std::array<std::string_view, 9> kKnown{"page", "limit",    "startingAfter", "status",   "team",
                                                     "user", "customer", "createdFrom",   "createdTo"};
    const edge::Query query(text, kKnown, errors);
    const auto paging = edge::read_paging(query, errors);
    if (errors.empty()) must(paging.page >= 1 && paging.limit >= 1 && paging.limit <= 100, "pages have their limits");
    std::vector<http::FieldError> cursor_errors;
    const auto cursor = edge::read_cursor_paging(query, cursor_errors);
    if (cursor_errors.empty()) must(cursor.limit >= 0 && cursor.limit <= 100, "cursor pages have their limits");
    std::vector<http::FieldError> filter_errors;
    const auto filter = edge::read_filter(query, filter_errors);
    std::string wire;
    if (filter_errors.empty()) must(filter.SerializeToString(&wire), "a filter can be sent");
    http::Problem problem;
    problem.errors = std::move(errors);
    must(!http::problem_response(problem).body.empty(), "what is refused can be told");
}

}  // namespace

void run_routes(std::string_view input) {
    const auto space = input.find(' ');
    const auto method = input.substr(0, space);
    const auto target = space == std::string_view::npos ? input : input.substr(space + 1);
    const auto mark = target.find('?');
    check_path(method, target.substr(0, mark));
    const auto query = mark == std::string_view::npos ? target : target.substr(mark + 1);
    check_query(query);
    static_cast<void>(base::parse_rfc3339(query));
    std::string decoded;
    if (base::percent_decode(target, true, decoded)) must(decoded.size() <= target.size(), "decoding never grows");
}

std::vector<std::string> routes_seeds() {
    return {
        "GET /admin/api/invoices?page=2&limit=50&status=paid&team=64b7f0c2a1d3e4f5a6b7c8d9",
        "GET /admin/api/invoices?createdFrom=2023-11-06T15:07:28.550Z&createdTo=2023-11-07",
        "GET /admin/api/invoices/in_1O9oovA0ZUrt0vQJ2CDhxoy4",
        "GET /admin/api/invoices/65490130a1b2c3d4e5f60718/link",
        "POST /admin/api/invoices",
        "PUT /admin/api/customers/cus_OxIokju2aarNVm",
        "GET /api/teams/64b7f0c2a1d3e4f5a6b7c8d9/billing-history?page=3",
        "GET /api/teams/%36%34/last-invoice",
        "HEAD /billing/v1/invoices?limit=0&startingAfter=65490130a1b2c3d4e5f60718",
        "GET /billing/v1/invoices/newest",
        "OPTIONS /billing/v1/invoices/a%2Fb/retry-payment",
        "POST /webhooks/stripe",
        "GET //admin/api//invoices/?page=%zz&limit=1e3&limit=2&=&&a",
        "GET 2024-02-29T23:59:59.999999999+14:00",
        "GET ?9999-12-31T23:59:60Z",
    };
}

}  // namespace quittance::fuzz
