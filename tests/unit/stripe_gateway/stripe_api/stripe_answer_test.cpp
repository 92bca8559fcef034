// Stripe's HTTP answers, headers included, as the gateway reads them; the recorded refusals of tests/data among them.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "stripe_gateway/stripe_api/stripe_client.hpp"

namespace quittance::stripe_gateway {
namespace {

boost::json::value recorded_errors() {
    std::ifstream file(std::string(QUITTANCE_TEST_DATA) + "/stripe/fixtures/rest_errors.json");
    std::stringstream text;
    text << file.rdbuf();
    return boost::json::parse(text.str());
}

http::ClientResponse response(int status, http::Headers headers, std::string body) {
    return {status, std::move(headers), std::move(body)};
}

TEST_CASE("headers are found in any case") {
    const auto answer = read_answer(response(429,
                                             {{"request-id", "req_1"},
                                              {"idempotent-replayed", "true"},
                                              {"STRIPE-SHOULD-RETRY", "true"},
                                              {"retry-after", "7"},
                                              {"stripe-rate-limited-reason", "endpoint-rate"}},
                                             R"({"error":{"type":"invalid_request_error","code":"rate_limit"}})"));
    CHECK(answer.request_id == "req_1");
    CHECK(answer.replayed);
    CHECK(answer.should_retry == true);
    CHECK(answer.retry_after == std::chrono::seconds(7));
    CHECK(answer.rate_limited);
    CHECK(answer.error.code() == "rate_limit");
    CHECK(answer.error.http_status() == 429);
    CHECK(answer.error.request_id() == "req_1");
}

TEST_CASE("what is absent or malformed says nothing") {
    const auto answer = read_answer(
        response(503, {{"Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"}, {"Stripe-Should-Retry", "maybe"}}, "<html>"));
    CHECK_FALSE(answer.replayed);
    CHECK_FALSE(answer.should_retry);
    CHECK_FALSE(answer.retry_after);
    CHECK(answer.error.type().empty());
    CHECK(answer.error.http_status() == 503);
    CHECK_FALSE(read_answer(response(503, {{"Retry-After", "-1"}}, "")).retry_after);
}

TEST_CASE("the time of an answer is by Stripe's clock and before it can have looked") {
    using std::chrono::seconds;
    const auto at = [](const char* date, seconds took) {
        const auto answer = read_answer(response(200, {{"Date", date}}, "{}"), took);
        return std::chrono::duration_cast<seconds>(answer.time.time_since_epoch()).count();
    };
    CHECK(at("Sun, 22 Nov 2026 05:50:40 GMT", seconds(0)) == 1'795'326'640);
    CHECK(at("Sun, 22 Nov 2026 05:50:40 GMT", seconds(4)) == 1'795'326'636);
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    for (const char* unreadable : {"", "yesterday", "Sun, 22 Nov 2026 05:50:40 GMT+1"})
        CHECK(std::abs(at(unreadable, seconds(1'000)) + 1'000 - now) < 300);
}

TEST_CASE("a success has no error and its body untouched") {
    const std::string body = "{\n  \"id\": \"in_1\",\n  \"amount\": 1.0e2\n}\n";
    const auto answer = read_answer(response(200, {}, body));
    CHECK(answer.ok());
    CHECK(answer.body == body);
    CHECK(answer.error.ByteSizeLong() == 0);
}

TEST_CASE("every recorded refusal is read as it stands") {
    const auto all = recorded_errors();
    REQUIRE(all.as_array().size() > 10);
    for (const auto& entry : all.as_array()) {
        const auto& object = entry.as_object();
        INFO(object.at("name").as_string());
        http::Headers headers;
        for (const auto& header : object.at("headers").as_object())
            headers.push_back({std::string(header.key()), std::string(header.value().as_string())});
        const auto answer = read_answer(response(static_cast<int>(object.at("status").as_int64()), headers,
                                                 boost::json::serialize(object.at("body"))));
        const auto& error = object.at("body").at("error").as_object();
        const auto text = [&error](const char* name) {
            const auto* value = error.if_contains(name);
            return value && value->is_string() ? std::string(value->as_string()) : std::string();
        };
        CHECK(answer.error.type() == text("type"));
        CHECK(answer.error.code() == text("code"));
        CHECK(answer.error.param() == text("param"));
        CHECK(answer.error.message() == text("message"));
        CHECK(answer.error.decline_code() == text("decline_code"));
    }
}

}  // namespace
}  // namespace quittance::stripe_gateway
