// Refused requests: their counters, the number of log lines, and the bucket of each peer.
#include "http/server/refusals.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "support/captured_log.hpp"

using namespace quittance;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

const http::Refusals::Clock::time_point kStart{1'000h};

http::Request from(const std::string& address, const std::string& forwarded = {}) {
    http::Request request;
    request.request_id = "r-1";
    request.peer_address = address + ":4711";
    if (!forwarded.empty()) request.headers.push_back({"X-Forwarded-For", forwarded});
    return request;
}

}  // namespace

TEST_CASE("counters of declared reasons begin with zero, and count") {
    runtime::Metrics metrics;
    http::Refusals refusals({}, metrics);
    refusals.declare("admin", std::array<std::string_view, 2>{"missing_api_key", "invalid_api_key"});
    CHECK_THAT(metrics.text(), Contains("quittance_refusals_total{reason=\"missing_api_key\",surface=\"admin\"} 0\n"));
    refusals.note(from("192.0.2.1"), {"admin", "invalid_api_key", "GET /a"}, kStart);
    CHECK_THAT(metrics.text(), Contains("quittance_refusals_total{reason=\"invalid_api_key\",surface=\"admin\"} 1\n"));
}

TEST_CASE("a flood of refusals writes a bounded number of lines, and each line says how many were left out") {
    runtime::Metrics metrics;
    http::RefusalOptions options;
    options.log_lines_per_second = 10;
    http::Refusals refusals(options, metrics);
    const test::CapturedLog log;
    for (int i = 0; i < 10'000; ++i)
        refusals.note(from("192.0.2.1"), {"admin", "invalid_api_key", "GET /a/{id}"}, kStart);
    CHECK(log.lines().size() == 10);
    refusals.note(from("192.0.2.1"), {"billing", "insufficient_scope", "GET /b", "someone"}, kStart + 1s);
    REQUIRE(log.lines().size() == 11);
    CHECK_THAT(log.lines().back(), Contains("left_out=9990") && Contains("surface=\"billing\"") &&
                                       Contains("reason=\"insufficient_scope\"") && Contains("route=\"GET /b\"") &&
                                       Contains("who=\"someone\"") && Contains("peer=\"192.0.2.1\"") &&
                                       Contains("request_id=\"r-1\""));
    CHECK_THAT(metrics.text(), Contains("{reason=\"invalid_api_key\",surface=\"admin\"} 10000\n"));
}

TEST_CASE("a peer that is refused too often must wait, and others need not") {
    runtime::Metrics metrics;
    http::RefusalOptions options;
    options.trusted_proxies = http::AddressRanges("TRUSTED_PROXIES", {"10.0.0.0/8"});
    options.peer_per_second = 10;
    options.peer_burst = 3;
    options.peers = 100;
    http::Refusals refusals(options, metrics);
    for (int i = 0; i < 3; ++i) CHECK_FALSE(refusals.book(from("192.0.2.1"), kStart));
    CHECK(refusals.book(from("192.0.2.1"), kStart) == std::optional(100ms));
    CHECK_FALSE(refusals.book(from("192.0.2.2"), kStart));
    // Behind the proxy each client counts for itself.
    for (int i = 0; i < 3; ++i) CHECK_FALSE(refusals.book(from("10.0.0.1", "203.0.113.1"), kStart));
    CHECK(refusals.book(from("10.0.0.1", "203.0.113.1"), kStart));
    CHECK_FALSE(refusals.book(from("10.0.0.1", "203.0.113.2"), kStart));
    // Without a proxy nobody hides behind a header.
    CHECK(refusals.book(from("192.0.2.1", "203.0.113.7"), kStart));
    // An IPv6 site is one peer.
    for (int i = 0; i < 3; ++i) CHECK_FALSE(refusals.book(from("2001:db8::" + std::to_string(i)), kStart));
    CHECK(refusals.book(from("2001:db8::9"), kStart));
}

TEST_CASE("the answer says when to retry") {
    const auto response = http::too_many_refusals(from("192.0.2.1"), 1'200ms);
    CHECK(response.status == 429);
    CHECK_THAT(response.body, Contains("\"too_many_refusals\"") && Contains("r-1"));
    CHECK(*http::find_header(response.headers, "Retry-After") == "2");
}
