// From a gRPC status to an HTTP problem: every code, the messages that are passed on, and those that are not.
#include "edge/responses/problem_of_status.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "rpc/status.hpp"

using namespace quittance;  // NOLINT(google-build-using-namespace)
using grpc::StatusCode;
namespace json = boost::json;

namespace {

const std::string kInner = "pq: relation \"invoices\" at 10.0.0.7:5432 does not exist";

json::value body_of(const http::Response& response) {
    CHECK(response.content_type == "application/problem+json");
    auto body = json::parse(response.body);
    CHECK(body.at("status") == response.status);
    CHECK(body.at("requestId") == "req-1");
    return body;
}

std::string retry_after(const http::Response& response) {
    const auto* value = http::find_header(response.headers, "Retry-After");
    return value == nullptr ? "" : *value;
}

v1::ErrorDetail stripe_detail() {
    v1::ErrorDetail detail;
    detail.set_reason("stripe_refused");
    auto& stripe = *detail.mutable_stripe();
    stripe.set_http_status(400);
    stripe.set_type("invalid_request_error");
    stripe.set_code("resource_missing");
    stripe.set_param("customer");
    stripe.set_message("No such customer: 'cus_x'");
    stripe.set_request_id("req_abc");
    return detail;
}

}  // namespace

TEST_CASE("every gRPC code has its HTTP status and code") {
    struct Case {
        StatusCode code;
        int status;
        const char* word;
        bool words_for_callers;  // the service's message goes on
        bool retry;
    };
    const std::vector<Case> cases{
        {StatusCode::CANCELLED, 503, "unavailable", false, true},
        {StatusCode::UNKNOWN, 502, "stripe_failed", false, false},
        {StatusCode::INVALID_ARGUMENT, 400, "invalid_request", false, false},
        {StatusCode::DEADLINE_EXCEEDED, 504, "timeout", false, false},
        {StatusCode::NOT_FOUND, 404, "not_found", true, false},
        {StatusCode::ALREADY_EXISTS, 409, "already_exists", true, false},
        {StatusCode::PERMISSION_DENIED, 500, "internal", false, false},
        {StatusCode::RESOURCE_EXHAUSTED, 503, "overloaded", false, true},
        {StatusCode::FAILED_PRECONDITION, 409, "state_conflict", true, false},
        {StatusCode::ABORTED, 409, "in_progress", true, false},
        {StatusCode::OUT_OF_RANGE, 400, "invalid_request", false, false},
        {StatusCode::UNIMPLEMENTED, 500, "internal", false, false},
        {StatusCode::INTERNAL, 500, "internal", false, false},
        {StatusCode::UNAVAILABLE, 503, "unavailable", false, true},
        {StatusCode::DATA_LOSS, 500, "internal", false, false},
        {StatusCode::UNAUTHENTICATED, 500, "internal", false, false},
    };
    for (const auto& one : cases) {
        INFO(static_cast<int>(one.code));
        const auto response = edge::problem_of({one.code, kInner}, "req-1");
        CHECK(response.status == one.status);
        const auto body = body_of(response);
        CHECK(body.at("code") == one.word);
        CHECK((body.at("detail").as_string() == kInner) == one.words_for_callers);
        CHECK_FALSE(body.at("detail").as_string().empty());
        CHECK(retry_after(response) == (one.retry ? "1" : ""));
    }
}

TEST_CASE("every wrong field is passed on") {
    std::vector<v1::FieldViolation> fields(2);
    fields[0].set_field("items[3].amount");
    fields[0].set_message("is out of range");
    fields[1].set_field("currency");
    fields[1].set_message("is no currency");
    const auto body = body_of(edge::problem_of(rpc::invalid_argument(fields), "req-1"));
    REQUIRE(body.at("errors").as_array().size() == 2);
    CHECK(body.at("errors").at(0).at("field") == "items[3].amount");
    CHECK(body.at("errors").at(1).at("message") == "is no currency");
}

TEST_CASE("a key used with another request is 422") {
    const auto status = rpc::make_status(StatusCode::ALREADY_EXISTS, "The key was used.", "idempotency_key_reused");
    const auto response = edge::problem_of(status, "req-1");
    CHECK(response.status == 422);
    CHECK(body_of(response).at("code") == "idempotency_key_reused");
}

TEST_CASE("an outage of Stripe is named, with the time for a retry") {
    struct Case {
        StatusCode code;
        const char* reason;
        int status;
        const char* retry;
    };
    const Case cases[] = {
        {StatusCode::UNAVAILABLE, "stripe_circuit_open", 503, "9"},
        {StatusCode::UNAVAILABLE, "stripe_unreachable", 503, "9"},
        {StatusCode::UNAVAILABLE, "stripe_rate_limited", 503, "9"},
        {StatusCode::DEADLINE_EXCEEDED, "stripe_timeout", 504, ""},
    };
    for (const auto& one : cases) {
        INFO(one.reason);
        v1::ErrorDetail detail;
        detail.set_reason(one.reason);
        detail.set_retry_after_ms(8'200);
        const auto response = edge::problem_of(rpc::make_status(one.code, kInner, detail), "req-1");
        CHECK(response.status == one.status);
        const auto body = body_of(response);
        CHECK(body.at("code") == one.reason);
        CHECK(std::string(body.at("detail").as_string()).find("Stripe") == 0);
        CHECK(retry_after(response) == one.retry);
    }
}

TEST_CASE("a key that has failed too often has a code of its own") {
    const auto status = rpc::make_status(StatusCode::FAILED_PRECONDITION, kInner, "generations_exhausted");
    const auto response = edge::problem_of(status, "req-1");
    CHECK(response.status == 409);
    CHECK(body_of(response).at("code") == "idempotency_key_exhausted");
}

TEST_CASE("Stripe's refusal keeps Stripe's code, param and request id") {
    const auto status = rpc::make_status(StatusCode::INVALID_ARGUMENT, kInner, stripe_detail());
    const auto body = body_of(edge::problem_of(status, "req-1"));
    CHECK(body.at("code") == "resource_missing");
    CHECK(body.at("detail") == "No such customer: 'cus_x'");
    CHECK(body.at("stripe").at("type") == "invalid_request_error");
    CHECK(body.at("stripe").at("param") == "customer");
    CHECK(body.at("stripe").at("requestId") == "req_abc");
    CHECK_FALSE(body.at("stripe").as_object().contains("declineCode"));
}

TEST_CASE("a failure of Stripe has our words and Stripe's request id") {
    auto detail = stripe_detail();
    detail.mutable_stripe()->set_message("secret reasons");
    detail.mutable_stripe()->clear_code();
    detail.mutable_stripe()->clear_param();
    for (const auto code : {StatusCode::UNKNOWN, StatusCode::UNAVAILABLE}) {
        const auto response = edge::problem_of(rpc::make_status(code, kInner, detail), "req-1");
        const auto body = body_of(response);
        CHECK(response.body.find("secret") == std::string::npos);
        CHECK(response.body.find("10.0.0.7") == std::string::npos);
        CHECK(body.at("stripe").at("code").is_null());
        CHECK(body.at("stripe").at("param").is_null());
        CHECK(body.at("stripe").at("requestId") == "req_abc");
    }
    const auto credentials = rpc::make_status(StatusCode::INTERNAL, kInner, "stripe_credentials");
    CHECK(edge::problem_of(credentials, "req-1").status == 502);
}

TEST_CASE("the time to wait is in whole seconds, rounded up and limited") {
    const auto seconds = [](std::int64_t retry_after_ms) {
        v1::ErrorDetail detail;
        detail.set_retry_after_ms(retry_after_ms);
        return retry_after(edge::problem_of(rpc::make_status(StatusCode::UNAVAILABLE, "", detail), "req-1"));
    };
    CHECK(seconds(0) == "1");
    CHECK(seconds(1) == "1");
    CHECK(seconds(1'000) == "1");
    CHECK(seconds(1'001) == "2");
    CHECK(seconds(90'000) == "90");
    CHECK(seconds(-5) == "1");
    CHECK(seconds(INT64_MAX / 2) == "3600");
    CHECK(seconds(INT64_MAX) == "3600");
}

TEST_CASE("unknown details change nothing") {
    const grpc::Status status(StatusCode::NOT_FOUND, "There is none.", "\xff\xff garbage");
    const auto body = body_of(edge::problem_of(status, "req-1"));
    CHECK(body.at("detail") == "There is none.");
    CHECK_FALSE(body.as_object().contains("errors"));
}
