// Stripe's refusals and missing answers as gRPC statuses: the table that stripe_gateway.proto documents.
#include "stripe_gateway/stripe_api/error_status.hpp"

#include <catch2/catch.hpp>

namespace quittance::stripe_gateway {
namespace {

using grpc::StatusCode;

v1::StripeError refusal(int status, const char* type, const char* code = "", const char* param = "") {
    v1::StripeError error;
    error.set_http_status(status);
    error.set_type(type);
    error.set_code(code);
    error.set_param(param);
    error.set_message("Stripe's words with sk_test_***1234 in them");
    error.set_request_id("req_9");
    return error;
}

CallResult result_of(int status, const char* type, const char* code = "", const char* param = "") {
    StripeAnswer answer;
    answer.status = status;
    answer.error = refusal(status, type, code, param);
    return {std::move(answer), Verdict::kGiveUp, false};
}

CallResult silence(NoAnswer none) {
    return {std::move(none), Verdict::kGiveUp, false};
}

TEST_CASE("each refusal has its code and reason") {
    struct Case {
        CallResult result;
        StatusCode code;
        const char* reason;
    };
    const Case cases[] = {
        {result_of(400, "invalid_request_error", "resource_missing", "customer"), StatusCode::INVALID_ARGUMENT,
         "stripe_refused"},
        {result_of(400, "invalid_request_error"), StatusCode::FAILED_PRECONDITION, "stripe_refused"},
        {result_of(400, "idempotency_error"), StatusCode::ALREADY_EXISTS, "idempotency_key_reused"},
        {result_of(401, "invalid_request_error"), StatusCode::INTERNAL, "stripe_credentials"},
        {result_of(402, "card_error", "card_declined"), StatusCode::FAILED_PRECONDITION, "payment_failed"},
        {result_of(403, "invalid_request_error"), StatusCode::INTERNAL, "stripe_permission"},
        {result_of(404, "invalid_request_error", "resource_missing", "id"), StatusCode::NOT_FOUND, "invoice_not_found"},
        {result_of(409, "idempotency_error", "idempotency_key_in_use"), StatusCode::ABORTED, "request_in_progress"},
        {result_of(424, "api_error"), StatusCode::UNKNOWN, "stripe_failed"},
        {result_of(429, "invalid_request_error", "rate_limit"), StatusCode::UNAVAILABLE, "stripe_rate_limited"},
        {result_of(429, "invalid_request_error", "lock_timeout"), StatusCode::UNAVAILABLE, "stripe_rate_limited"},
        {result_of(500, "api_error"), StatusCode::UNKNOWN, "stripe_failed"},
        {result_of(503, ""), StatusCode::UNKNOWN, "stripe_failed"},
    };
    for (const auto& example : cases) {
        INFO(example.result.status() << " " << example.reason);
        const auto status = status_of(example.result);
        const auto detail = rpc::detail_of(status);
        CHECK(status.error_code() == example.code);
        CHECK(detail.reason() == example.reason);
        CHECK(detail.stripe().request_id() == "req_9");
        CHECK(detail.stripe().http_status() == example.result.status());
    }
}

TEST_CASE("silences tell whether coming back makes sense") {
    const auto unreachable = status_of(silence({"connect: refused by 10.0.0.1", false, false, false}));
    CHECK(unreachable.error_code() == StatusCode::UNAVAILABLE);
    CHECK(rpc::detail_of(unreachable).retry_after_ms() > 0);
    CHECK(unreachable.error_message().find("10.0.0.1") == std::string::npos);
    CHECK(status_of(silence({"reset", false, true, false})).error_code() == StatusCode::UNAVAILABLE);
    CHECK(status_of(silence({"timeout", true, true, false})).error_code() == StatusCode::DEADLINE_EXCEEDED);
    const auto throttled = status_of(silence({"limit", false, false, true}));
    CHECK(throttled.error_code() == StatusCode::UNAVAILABLE);
    CHECK(rpc::detail_of(throttled).reason() == "stripe_rate_limited");
}

TEST_CASE("a key of another account, or one that is not verified yet, asks nothing") {
    NoAnswer other{"the key is of acct_2"};
    other.other_account = true;
    const auto refused = status_of(silence(other));
    CHECK(refused.error_code() == StatusCode::INTERNAL);
    CHECK(rpc::detail_of(refused).reason() == "stripe_account_mismatch");
    NoAnswer pending{"not asked yet"};
    pending.account_pending = true;
    const auto wait = status_of(silence(pending));
    CHECK(wait.error_code() == StatusCode::UNAVAILABLE);
    CHECK(rpc::detail_of(wait).reason() == "stripe_account_unverified");
    CHECK(rpc::detail_of(wait).retry_after_ms() > 0);
}

TEST_CASE("Stripe's Retry-After is passed on") {
    auto limited = result_of(429, "invalid_request_error", "rate_limit");
    std::get<StripeAnswer>(limited.outcome).retry_after = std::chrono::seconds(9);
    CHECK(rpc::detail_of(status_of(limited)).retry_after_ms() == 9'000);
}

TEST_CASE("what Stripe says of our API key and of our idempotency keys stays here") {
    for (const int http_status : {401, 403, 409}) {
        const auto status = status_of(result_of(http_status, "invalid_request_error"));
        CHECK(rpc::detail_of(status).stripe().message().empty());
        CHECK(status.error_message().find("sk_test") == std::string::npos);
    }
}

TEST_CASE("a refused parameter is named as the caller knows it, without Stripe's sentence") {
    const auto status =
        status_of(result_of(400, "invalid_request_error", "resource_missing", "default_payment_method"));
    const auto detail = rpc::detail_of(status);
    REQUIRE(detail.fields_size() == 1);
    CHECK(detail.fields(0).field() == "paymentMethod");
    CHECK(detail.fields(0).message().find("sk_test") == std::string::npos);
    CHECK(detail.stripe().param() == "default_payment_method");
}

TEST_CASE("a customer that is billed in another currency, and an amount that Stripe does not take") {
    struct Case {
        const char* code;
        const char* param;
        const char* field;
        const char* message;
    };
    const Case cases[] = {
        {"", "currency", "currency", "was refused by Stripe"},
        {"amount_too_small", "lines[0][amount]", "items[50].amount", "is below Stripe's minimum"},
        {"amount_too_large", "lines[9][amount]", "items[59].amount", "is above Stripe's maximum"},
        {"resource_missing", "default_payment_method", "paymentMethod", "does not exist at Stripe"},
    };
    for (const auto& example : cases) {
        INFO(example.param);
        const auto status = status_of(result_of(400, "invalid_request_error", example.code, example.param), 50);
        CHECK(status.error_code() == StatusCode::INVALID_ARGUMENT);
        const auto detail = rpc::detail_of(status);
        REQUIRE(detail.fields_size() == 1);
        CHECK(detail.fields(0).field() == example.field);
        CHECK(detail.fields(0).message() == example.message);
    }
    // Said of the customer as it is, without a parameter: a conflict, not a mistake in the form.
    CHECK(status_of(result_of(400, "invalid_request_error")).error_code() == StatusCode::FAILED_PRECONDITION);
}

TEST_CASE("a customer that is billed in another currency, which Stripe tells in words alone") {
    auto result = result_of(400, "invalid_request_error");
    std::get<StripeAnswer>(result.outcome)
        .error.set_message("You cannot combine currencies on a single customer. This customer has …");
    const auto status = status_of(result);
    CHECK(status.error_code() == StatusCode::INVALID_ARGUMENT);
    const auto detail = rpc::detail_of(status);
    REQUIRE(detail.fields_size() == 1);
    CHECK(detail.fields(0).field() == "currency");
}

TEST_CASE("fields of Stripe's in our names") {
    CHECK(field_of("customer", 0) == "customer");
    CHECK(field_of("payment_method", 0) == "paymentMethod");
    CHECK(field_of("lines[3][amount]", 0) == "items[3].amount");
    CHECK(field_of("lines[3][amount]", 50) == "items[53].amount");
    CHECK(field_of("lines[0][description]", 100) == "items[100].name");
    CHECK(field_of("lines[2][metadata]", 0) == "items[2]");
    CHECK(field_of("lines", 0) == "items");
    CHECK(field_of("lines[x]", 0) == "items");
    CHECK(field_of("metadata[colour]", 0) == "metadata.colour");
    CHECK(field_of("id", 0).empty());
    CHECK(field_of("pending_invoice_items_behavior", 0).empty());
    CHECK(field_of("", 0).empty());
}

TEST_CASE("a refusal by the state machine carries the present state") {
    const auto error = refusal(400, "invalid_request_error");
    const auto status = wrong_state("paid", &error);
    CHECK(status.error_code() == StatusCode::FAILED_PRECONDITION);
    CHECK(rpc::detail_of(status).reason() == "invoice_state");
    CHECK(rpc::detail_of(status).present_status() == "paid");
    CHECK(rpc::detail_of(status).stripe().request_id() == "req_9");
}

}  // namespace
}  // namespace quittance::stripe_gateway
