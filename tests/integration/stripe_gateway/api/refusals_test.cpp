// Refusals by Stripe or by the gateway: each has its code, and nothing is left at Stripe.
#include <catch2/catch.hpp>
#include <future>

#include "integration/stripe_gateway/fixture.hpp"
#include "support/patience.hpp"

namespace quittance::stripe_gateway::test {
namespace {

using grpc::StatusCode;

TEST_CASE("a bad request never reaches Stripe, and every field is named") {
    RunningGateway gateway;
    v1::CreateInvoiceRequest request;
    request.add_items()->set_amount_minor(1'000'000'000'000);
    const auto outcome = gateway.create(request);
    CHECK(outcome.code == StatusCode::INVALID_ARGUMENT);
    CHECK(outcome.detail.reason() == "invalid_argument");
    CHECK(outcome.detail.fields_size() == 5);
    CHECK_FALSE(outcome.detail.has_stripe());
    CHECK(gateway.metrics_text().find("quittance_stripe_calls_total{") == std::string::npos);
}

TEST_CASE("an account that is not configured") {
    RunningGateway gateway;
    auto request = creation({"cus_1", "pm_1"}, {100});
    request.set_account("elsewhere");
    const auto outcome = gateway.create(request);
    CHECK(outcome.code == StatusCode::NOT_FOUND);
    CHECK(outcome.detail.reason() == "account_unknown");
}

TEST_CASE("a customer that Stripe does not know") {
    RunningGateway gateway;
    const auto outcome = gateway.create(creation({"cus_nobody", ""}, {100}));
    CHECK(outcome.code == StatusCode::INVALID_ARGUMENT);
    REQUIRE(outcome.detail.fields_size() == 1);
    CHECK(outcome.detail.fields(0).field() == "customer");
    CHECK(outcome.detail.stripe().code() == "resource_missing");
    CHECK(outcome.detail.stripe().http_status() == 400);
    CHECK(outcome.detail.stripe().request_id().starts_with("req_"));
}

TEST_CASE("another customer's payment method") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto mine = emulator.customer();
    const auto theirs = emulator.customer();
    const auto outcome = gateway.create(creation({mine.id, theirs.payment_method}, {100}));
    CHECK(outcome.code == StatusCode::INVALID_ARGUMENT);
    REQUIRE(outcome.detail.fields_size() == 1);
    CHECK(outcome.detail.fields(0).field() == "paymentMethod");
    CHECK(emulator.invoices_of(mine.id).empty());
}

TEST_CASE("a customer that was deleted, whose draft is not left behind either") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto gone = emulator.customer();
    emulator.call("DELETE", "/v1/customers/" + gone.id);
    const auto outcome = gateway.create(creation({gone.id, ""}, {100}));
    CHECK(outcome.code == StatusCode::INVALID_ARGUMENT);
    REQUIRE(outcome.detail.fields_size() == 1);
    CHECK(outcome.detail.fields(0).field() == "customer");
    CHECK(outcome.detail.stripe().code() == "resource_missing");
    CHECK(emulator.invoices_of(gone.id).empty());
}

TEST_CASE("a currency that Stripe does not have") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    auto request = creation(emulator.customer(), {100});
    request.set_currency("zzz");
    const auto outcome = gateway.create(request);
    CHECK(outcome.code == StatusCode::INVALID_ARGUMENT);
    REQUIRE(outcome.detail.fields_size() == 1);
    CHECK(outcome.detail.fields(0).field() == "currency");
    CHECK(emulator.invoices_of(request.stripe_customer_id()).empty());
}

TEST_CASE("a customer that is billed in another currency") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    auto request = creation(emulator.customer(), {100});
    const auto pending = emulator.call(
        "POST", "/v1/invoiceitems",
        {{"customer", request.stripe_customer_id()}, {"amount", 300}, {"currency", "usd"}, {"description", "x"}});
    const auto outcome = gateway.create(request);
    CHECK(outcome.code == StatusCode::INVALID_ARGUMENT);
    REQUIRE(outcome.detail.fields_size() == 1);
    CHECK(outcome.detail.fields(0).field() == "currency");
    CHECK(outcome.detail.stripe().message().find("usd") != std::string::npos);
    CHECK(emulator.invoices_of(request.stripe_customer_id()).empty());
    // Stripe keeps its refusal under the key of the request: the same one later is refused again, another is not.
    emulator.call("DELETE", "/v1/invoiceitems/" + text_of(pending, "id"));
    request.set_idempotency_key(request.idempotency_key() + "-again");
    REQUIRE(gateway.create(request).ok());
    check_exactly_one(request, "paid");
}

TEST_CASE("a key that Stripe failed too often is told as such, and billed nobody") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    auto request = creation(emulator.customer(), {100});
    emulator.behave();
    emulator.misbehave({{"kind", "error_500_after"}, {"path", "/v1/invoices"}, {"method", "POST"}, {"count", 0}});
    Outcome outcome;
    CHECK(eventually([&] { return (outcome = gateway.create(request)).detail.reason() == "generations_exhausted"; }));
    CHECK(outcome.code == StatusCode::FAILED_PRECONDITION);
    emulator.behave();
    CHECK(gateway.create(request).detail.reason() == "generations_exhausted");
    for (const auto& left : emulator.invoices_of(request.stripe_customer_id()))
        CHECK(text_of(left, "status") == "draft");
    gateway.sweep(std::chrono::seconds(-60));
    CHECK(emulator.invoices_of(request.stripe_customer_id()).empty());
    request.set_idempotency_key(request.idempotency_key() + "-new");
    REQUIRE(gateway.create(request).ok());
    check_exactly_one(request, "paid");
}

TEST_CASE("251 items never reach Stripe") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto request = creation(emulator.customer(), many_amounts(251));
    const auto outcome = gateway.create(request);
    CHECK(outcome.code == StatusCode::INVALID_ARGUMENT);
    REQUIRE(outcome.detail.fields_size() == 1);
    CHECK(outcome.detail.fields(0).field() == "items");
    CHECK(emulator.invoices_of(request.stripe_customer_id()).empty());
}

TEST_CASE("a key that Stripe refuses is our failure, and says nothing of the key") {
    RunningGateway gateway({.api_key = "sk_live_somebody_elses_key_000"});
    const auto outcome = gateway.create(creation({"cus_1", ""}, {100}));
    CHECK(outcome.code == StatusCode::INTERNAL);
    CHECK(outcome.detail.reason() == "stripe_credentials");
    CHECK(outcome.detail.ShortDebugString().find("sk_live") == std::string::npos);
    CHECK(outcome.message.find("sk_live") == std::string::npos);
}

TEST_CASE("a line that is not the request's stops the invoice before it is issued") {
    struct Intrusion {
        const char* when;
        int items;
        const char* method;
        const char* path;
        std::size_t lines_shown;  // on the draft, when it comes
    };
    // Few lines are verified by what Stripe answers to adding them, more by a read of their own.
    const auto& intrusion = GENERATE(values<Intrusion>(
        {{"before ours", 2, "POST", "*/add_lines", 0}, {"before we read", 12, "GET", "*/lines", 10}}));
    INFO(intrusion.when);
    auto& emulator = Emulator::shared();
    RunningGateway gateway({.try_time = std::chrono::minutes(2)});  // one try, however long the intrusion takes
    const auto request = creation(emulator.customer(), many_amounts(intrusion.items));
    emulator.behave();
    emulator.misbehave({{"kind", "hold"}, {"method", intrusion.method}, {"path", intrusion.path}});
    auto creating = std::async(std::launch::async, [&] { return gateway.create(request); });
    const auto draft_is_there = [&] {
        const auto invoices = emulator.invoices_of(request.stripe_customer_id());
        return !invoices.empty() && invoices[0].at("lines").at("data").as_array().size() == intrusion.lines_shown;
    };
    REQUIRE(eventually([&] { return emulator.struck() && draft_is_there(); }));
    const auto id = text_of(emulator.invoices_of(request.stripe_customer_id())[0], "id");
    emulator.call("POST", "/v1/invoiceitems",
                  {{"customer", request.stripe_customer_id()}, {"invoice", id}, {"amount", 300}, {"currency", "eur"}});
    emulator.behave();  // releases what is held
    const auto outcome = creating.get();
    CHECK(outcome.code == StatusCode::FAILED_PRECONDITION);
    CHECK(outcome.detail.reason() == "lines_differ");
    CHECK(emulator.invoices_of(request.stripe_customer_id()).empty());
    REQUIRE(gateway.create(request).ok());
    check_exactly_one(request, "paid");
}

TEST_CASE("reads are repeated, and counted") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto created = gateway.create(creation(emulator.customer(), {100}));
    REQUIRE(created.ok());
    const auto& id = created.answer.invoice().stripe_invoice_id();
    emulator.behave();
    emulator.misbehave({{"kind", "error_500_before"}, {"method", "GET"}, {"path", "/v1/invoices/" + id}, {"count", 2}});
    const auto outcome = gateway.retrieve(id);
    emulator.behave();
    REQUIRE(outcome.ok());
    const auto metrics = gateway.metrics_text();
    CHECK(metrics.find("quittance_stripe_retries_total{account=\"default\",endpoint=\"GET "
                       "/v1/invoices/{id}\",reason=\"server_error\"} 2") != std::string::npos);
    CHECK(
        metrics.find(
            "quittance_stripe_calls_total{account=\"default\",endpoint=\"GET /v1/invoices/{id}\",status=\"500\"} 2") !=
        std::string::npos);
    CHECK(metrics.find("quittance_creations_total{result=\"created\"} 1") != std::string::npos);
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
