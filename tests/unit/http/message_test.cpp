// Header look-up, query strings, reason phrases.
#include "http/message.hpp"

#include <catch2/catch.hpp>

using namespace quittance::http;  // NOLINT(google-build-using-namespace)

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("header names compare without case, and the first of several is the one") {
    const Headers headers{{"Content-Type", "a"}, {"X-One", "1"}, {"x-ONE", "2"}, {"X-Empty", ""}};
    REQUIRE(find_header(headers, "content-TYPE") != nullptr);
    CHECK(*find_header(headers, "content-TYPE") == "a");
    CHECK(*find_header(headers, "x-one") == "1");
    REQUIRE(find_header(headers, "x-empty") != nullptr);
    CHECK(find_header(headers, "X-On") == nullptr);
    CHECK(find_header(headers, "X-One ") == nullptr);
    CHECK(find_header(headers, "") == nullptr);
    CHECK(count_headers(headers, "X-ONE") == 2);
    CHECK(count_headers(headers, "X-Two") == 0);
    // Only A to Z fold: '[' is 0x20 below '{' and is another name.
    const Headers odd{{"x[", "1"}};
    CHECK(find_header(odd, "X{") == nullptr);

    Request request;
    request.headers = headers;
    CHECK(request.header("x-one") == "1");
    CHECK(request.header("absent").empty());
}

TEST_CASE("a query string becomes its pairs, in order") {
    const std::vector<std::pair<std::string_view, Pairs>> cases{
        {"", {}},
        {"a=1&b=2", {{"a", "1"}, {"b", "2"}}},
        {"a=1&a=2", {{"a", "1"}, {"a", "2"}}},
        {"a", {{"a", ""}}},
        {"a=", {{"a", ""}}},
        {"=x", {{"", "x"}}},
        {"=", {{"", ""}}},
        {"a=b=c", {{"a", "b=c"}}},
        {"&&a=1&", {{"a", "1"}}},
        {"a%3Db=c%26d", {{"a=b", "c&d"}}},
        {"q=a+b%20c", {{"q", "a b c"}}},
        {"?a=1", {{"?a", "1"}}},
        {"a=1&a=1&A=1", {{"a", "1"}, {"a", "1"}, {"A", "1"}}},
        {"%61=%2B+", {{"a", "+ "}}},
        {"+=1", {{" ", "1"}}},
        {"a=^|\xff\"", {{"a", "^|\xff\""}}},
        {"a;b=1", {{"a;b", "1"}}},
        {"a=%00", {{"a", std::string(1, '\0')}}},
    };
    for (const auto& [query, expected] : cases) {
        INFO(query);
        Pairs out{{"left", "over"}};
        CHECK(parse_query(query, out));
        CHECK(out == expected);
    }
    Pairs out;
    CHECK_FALSE(parse_query("a=%zz", out));
    CHECK_FALSE(parse_query("%=1", out));
    CHECK_FALSE(parse_query("a=1&b=%4", out));
    CHECK_FALSE(parse_query("a=%&b=1", out));  // an escape ends with its pair
    CHECK_FALSE(parse_query("a%3=1", out));
}

TEST_CASE("every status that the services answer has its reason phrase") {
    for (const int status : {200, 201, 202, 204, 304, 400, 401, 402, 403, 404, 405, 408, 409,
                             413, 415, 417, 422, 424, 429, 431, 500, 502, 503, 504, 505}) {
        INFO(status);
        CHECK(reason_phrase(status) != "Unknown");
    }
    CHECK(reason_phrase(413) == "Content Too Large");
    CHECK(reason_phrase(299) == "Unknown");
    CHECK(reason_phrase(-1) == "Unknown");
}
