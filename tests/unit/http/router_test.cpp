// Which handler a method and a path find.
#include "http/server/router.hpp"

#include <catch2/catch.hpp>

using namespace quittance::http;  // NOLINT(google-build-using-namespace)

namespace {

using Parameters = std::vector<std::string>;

Router table() {
    std::vector<Route> routes;
    const auto add = [&](const char* method, const char* pattern) { routes.push_back({method, pattern, {}, 0}); };
    add("GET", "/");
    add("GET", "/invoices");
    add("POST", "/invoices");
    add("GET", "/invoices/{id}");
    add("GET", "/invoices/latest");
    add("POST", "/invoices/{id}/pay");
    add("GET", "/teams/{team}/invoices/{id}");
    add("PUT", "/customers/{customer}");
    add("GET", "/folder/");
    add("HEAD", "/own-head");
    add("GET", "/own-head");
    add("OPTIONS", "/own-options");
    return Router(std::move(routes));
}

// The pattern that was found, "405" for a path that lacks the method, "404" for none.
std::string found(const Router& router, std::string_view method, std::string_view path) {
    const auto match = router.match(method, path);
    if (match.route != nullptr) return match.route->pattern;
    return match.allow.empty() ? "404" : "405";
}

}  // namespace

TEST_CASE("a path finds its pattern") {
    const auto router = table();
    struct Case {
        const char* method;
        const char* path;
        const char* expected;
    };
    const std::vector<Case> cases{
        {"GET", "/", "/"},
        {"GET", "/invoices", "/invoices"},
        {"POST", "/invoices", "/invoices"},
        {"GET", "/invoices/1", "/invoices/{id}"},
        {"GET", "/invoices/latest", "/invoices/latest"},
        {"GET", "/invoices/lates%74", "/invoices/latest"},
        {"GET", "/invoices/Latest", "/invoices/{id}"},
        {"GET", "/%69nvoices", "/invoices"},
        {"POST", "/invoices/1/pay", "/invoices/{id}/pay"},
        {"GET", "/teams/a/invoices/b", "/teams/{team}/invoices/{id}"},
        {"GET", "/folder/", "/folder/"},
        // A trailing slash is another path, and an empty segment is never a parameter.
        {"GET", "/folder", "404"},
        {"GET", "/invoices/", "404"},
        {"GET", "//invoices", "404"},
        {"GET", "/invoices//pay", "404"},
        {"POST", "/invoices//pay", "404"},
        {"POST", "/invoices/1/pay/", "404"},
        {"GET", "/teams//invoices/b", "404"},
        {"GET", "/invoices/1/2", "404"},
        {"GET", "/INVOICES", "404"},
        {"GET", "/nothing", "404"},
        {"GET", "", "404"},
        {"GET", "invoices", "404"},
        {"GET", "*", "404"},
        // Dots are names like any other: nobody climbs.
        {"GET", "/invoices/..", "/invoices/{id}"},
        {"GET", "/invoices/%2e%2e", "/invoices/{id}"},
        {"GET", "/invoices/../invoices", "404"},
        // A malformed escape names no path.
        {"GET", "/invoices/%", "404"},
        {"GET", "/invoices/%zz", "404"},
        {"GET", "/%/1", "404"},
        // An escaped slash is a character of its segment, never a separator.
        {"GET", "/invoices%2Flatest", "404"},
        {"GET", "/invoices/1%2Fpay", "/invoices/{id}"},
        {"POST", "/invoices/1%2Fpay", "405"},
        {"DELETE", "/invoices", "405"},
        {"get", "/invoices", "405"},
        {"", "/invoices", "405"},
        {"POST", "/invoices/latest", "405"},
        {"HEAD", "/customers/1", "405"},
    };
    for (const auto& one : cases) {
        INFO(one.method << ' ' << one.path);
        CHECK(found(router, one.method, one.path) == one.expected);
    }
}

TEST_CASE("parameters come decoded, in the order of the path") {
    const auto router = table();
    CHECK(router.match("GET", "/invoices/in_1").path_parameters == Parameters{"in_1"});
    CHECK(router.match("GET", "/invoices/a%2Fb%20c+d").path_parameters == Parameters{"a/b c+d"});
    CHECK(router.match("GET", "/teams/t%31/invoices/%7Bid%7D").path_parameters == Parameters{"t1", "{id}"});
    CHECK(router.match("GET", "/invoices/%00").path_parameters == Parameters{std::string(1, '\0')});
    CHECK(router.match("GET", "/invoices/latest").path_parameters.empty());
    CHECK(router.match("GET", "/invoices/%2F").path_parameters == Parameters{"/"});
}

TEST_CASE("HEAD is GET's unless the table has its own") {
    const auto router = table();
    REQUIRE(router.match("HEAD", "/invoices").route != nullptr);
    CHECK(router.match("HEAD", "/invoices").route->method == "GET");
    REQUIRE(router.match("HEAD", "/own-head").route != nullptr);
    CHECK(router.match("HEAD", "/own-head").route->method == "HEAD");
}

TEST_CASE("the methods of a path are told, each once") {
    const auto router = table();
    CHECK(router.match("DELETE", "/invoices").allow == "GET, HEAD, POST, OPTIONS");
    CHECK(router.match("DELETE", "/invoices/1").allow == "GET, HEAD, OPTIONS");
    CHECK(router.match("GET", "/customers/1").allow == "PUT, OPTIONS");
    CHECK(router.match("POST", "/own-head").allow == "GET, HEAD, OPTIONS");
    CHECK(router.match("GET", "/own-options").allow == "OPTIONS");
    CHECK(router.match("GET", "/teams").allow.empty());
    // Also with the method that it has: OPTIONS asks for it.
    CHECK(router.match("GET", "/invoices").allow == "GET, HEAD, POST, OPTIONS");
}

TEST_CASE("a table with a mistake is refused at once") {
    const auto make = [](std::vector<Route> routes) { return Router(std::move(routes)); };
    CHECK_THROWS_WITH(make({{"GET", "/a", {}, 0}, {"GET", "/a", {}, 0}}), Catch::Contains("GET /a"));
    // The name of a parameter does not tell two routes apart.
    CHECK_THROWS_AS(make({{"GET", "/a/{b}", {}, 0}, {"GET", "/a/{c}", {}, 0}}), std::logic_error);
    CHECK_THROWS_AS(make({{"GET", "a", {}, 0}}), std::logic_error);
    CHECK_THROWS_AS(make({{"GET", "", {}, 0}}), std::logic_error);
    CHECK_NOTHROW(make({{"GET", "/a", {}, 0}, {"POST", "/a", {}, 0}, {"GET", "/a/", {}, 0}, {"GET", "/{a}", {}, 0}}));
    const auto none = make({});
    CHECK(found(none, "GET", "/") == "404");
}
