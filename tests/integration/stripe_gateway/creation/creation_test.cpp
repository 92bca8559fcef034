// Creations without faults: now, later, one item and 250, credits, declines, replays.
#include <catch2/catch.hpp>
#include <set>

#include "integration/stripe_gateway/fixture.hpp"

namespace quittance::stripe_gateway::test {
namespace {

using grpc::StatusCode;

std::int64_t number_of(const boost::json::object& object, std::string_view name) {
    return object.at(name).as_int64();
}

TEST_CASE("collect now: finalised and paid, with its lines on it") {
    RunningGateway gateway({.description = "Resources payment", .footer = "Paid with thanks"});
    const auto customer = Emulator::shared().customer();
    auto request = creation(customer, {3'300, 150});
    (*request.mutable_metadata())["order"] = "4711";
    const auto outcome = gateway.create(request);
    REQUIRE(outcome.ok());
    CHECK_FALSE(outcome.answer.replayed());
    CHECK_FALSE(outcome.answer.has_payment_error());
    CHECK(outcome.answer.stripe_request_id().starts_with("req_"));
    CHECK(outcome.answer.answer_time().seconds() > 1'700'000'000);

    const auto json = outcome.json();
    CHECK(text_of(json, "object") == "invoice");
    CHECK(text_of(json, "status") == "paid");
    CHECK(text_of(json, "currency") == "eur");
    CHECK(text_of(json, "description") == "Resources payment");
    CHECK(text_of(json, "footer") == "Paid with thanks");
    CHECK(text_of(json, "default_payment_method") == customer.payment_method);
    CHECK(number_of(json, "amount_paid") == 3'450);
    CHECK(json.at("lines").at("data").as_array().size() == 2);
    CHECK(text_of(json.at("metadata").as_object(), "order") == "4711");
    CHECK(text_of(json.at("metadata").as_object(), "quittance_key") == request.idempotency_key());

    const auto& invoice = outcome.answer.invoice();
    CHECK(invoice.account() == "default");
    CHECK(invoice.status() == "paid");
    CHECK(invoice.amount_paid_minor() == 3'450);
    CHECK(invoice.lines_complete());
    check_exactly_one(request, "paid");
}

TEST_CASE("collect later: a draft that Stripe will advance") {
    RunningGateway gateway;
    auto request = creation(Emulator::shared().customer(), {100});
    request.set_collect(v1::CreateInvoiceRequest::COLLECT_LATER);
    const auto outcome = gateway.create(request);
    REQUIRE(outcome.ok());
    const auto json = outcome.json();
    CHECK(text_of(json, "status") == "draft");
    CHECK(json.at("auto_advance").as_bool());
    CHECK(json.at("next_payment_attempt").is_int64());
    CHECK(json.at("lines").at("data").as_array().size() == 1);
    check_exactly_one(request, "draft");
}

TEST_CASE("250 items, equal names, credits among them") {
    RunningGateway gateway;
    const auto request = creation(Emulator::shared().customer(), many_amounts(250));
    const auto outcome = gateway.create(request);
    REQUIRE(outcome.ok());
    CHECK(outcome.answer.invoice().lines_size() == 250);
    CHECK(outcome.answer.invoice().lines_complete());
    std::set<std::string> indices;
    for (const auto& line : outcome.answer.invoice().lines()) indices.insert(line.metadata().at("quittance_line"));
    CHECK(indices.size() == 250);
    check_exactly_one(request, "paid");
}

TEST_CASE("a name is the line's description as it is") {
    RunningGateway gateway;
    auto request = creation(Emulator::shared().customer(), {100});
    request.mutable_items(0)->set_name(" All resources & more = 100 % \xE2\x82\xAC [x] + \xF0\x9F\x8E\x89");
    const auto outcome = gateway.create(request);
    REQUIRE(outcome.ok());
    CHECK(outcome.answer.invoice().lines(0).description() == request.items(0).name());
}

TEST_CASE("other currencies stay in their minor units") {
    RunningGateway gateway;
    // None, three, two, and two that are written though there is none (reference §8).
    for (const char* currency : {"JPY", "kwd", "usd", "isk", "ugx"}) {
        auto request = creation(Emulator::shared().customer(), {25'000});
        request.set_currency(currency);
        const auto outcome = gateway.create(request);
        INFO(currency);
        REQUIRE(outcome.ok());
        CHECK(outcome.answer.invoice().amount_paid_minor() == 25'000);
        CHECK(outcome.json().at("total").as_int64() == 25'000);
        CHECK(outcome.answer.invoice().lines(0).amount_minor() == 25'000);
        check_exactly_one(request, "paid");
    }
}

TEST_CASE("nothing due: paid as it is finalised") {
    RunningGateway gateway;
    for (const auto& amounts : std::vector<std::vector<std::int64_t>>{{500, -500}, {-300}, {0}}) {
        const auto request = creation(Emulator::shared().customer(), amounts);
        const auto outcome = gateway.create(request);
        REQUIRE(outcome.ok());
        CHECK(outcome.answer.invoice().status() == "paid");
        CHECK(outcome.answer.invoice().amount_paid_minor() == 0);
        CHECK_FALSE(outcome.answer.has_payment_error());
    }
}

TEST_CASE("below the minimum charge Stripe settles it otherwise, and that is its answer") {
    RunningGateway gateway;
    const auto request = creation(Emulator::shared().customer(), {1});
    const auto outcome = gateway.create(request);
    REQUIRE(outcome.ok());
    CHECK_FALSE(outcome.answer.has_payment_error());
    const auto invoice = check_exactly_one(request, "paid");
    CHECK(invoice.at("total").as_int64() == 1);
    CHECK(invoice.at("amount_due").as_int64() == 0);  // it stays owed on the customer's balance
}

TEST_CASE("a declined card is a result: the invoice stands, open") {
    RunningGateway gateway;
    const auto request = creation(Emulator::shared().customer("pm_card_chargeCustomerFail"), {900});
    const auto outcome = gateway.create(request);
    REQUIRE(outcome.ok());
    REQUIRE(outcome.answer.has_payment_error());
    CHECK(outcome.answer.payment_error().code() == "card_declined");
    CHECK_FALSE(outcome.answer.payment_error().message().empty());
    const auto json = outcome.json();
    CHECK(text_of(json, "object") == "invoice");
    CHECK(text_of(json, "status") == "open");
    CHECK(json.at("attempted").as_bool());
    check_exactly_one(request, "open");
}

TEST_CASE("a needed authentication is a result as well") {
    RunningGateway gateway;
    const auto request = creation(Emulator::shared().customer("pm_card_threeDSecure2Required"), {900});
    const auto outcome = gateway.create(request);
    REQUIRE(outcome.ok());
    REQUIRE(outcome.answer.has_payment_error());
    CHECK(outcome.answer.payment_error().code() == "invoice_payment_intent_requires_action");
    check_exactly_one(request, "open");
}

TEST_CASE("a customer without any payment method still gets the invoice") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const Customer customer{text_of(emulator.call("POST", "/v1/customers", {{"name", "Jane"}}), "id"), {}};
    const auto request = creation(customer, {900});
    const auto outcome = gateway.create(request);
    REQUIRE(outcome.ok());
    CHECK(outcome.answer.has_payment_error());
    check_exactly_one(request, "open");
}

TEST_CASE("pending items of the customer stay where they are") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto customer = emulator.customer();
    emulator.call("POST", "/v1/invoiceitems", {{"customer", customer.id}, {"amount", 777}, {"currency", "eur"}});
    const auto request = creation(customer, {100});
    REQUIRE(gateway.create(request).ok());
    check_exactly_one(request, "paid");
}

TEST_CASE("the same request again is the same invoice, marked as a replay") {
    RunningGateway gateway;
    for (const auto collect : {v1::CreateInvoiceRequest::COLLECT_NOW, v1::CreateInvoiceRequest::COLLECT_LATER}) {
        auto request = creation(Emulator::shared().customer(), many_amounts(12));
        request.set_collect(collect);
        const auto first = gateway.create(request);
        const auto second = gateway.create(request);
        REQUIRE(first.ok());
        REQUIRE(second.ok());
        CHECK_FALSE(first.answer.replayed());
        CHECK(second.answer.replayed());
        CHECK(second.answer.json() == first.answer.json());
        CHECK(second.answer.invoice().lines_size() == 12);
        check_exactly_one(request, collect == v1::CreateInvoiceRequest::COLLECT_NOW ? "paid" : "draft");
    }
}

TEST_CASE("a repeated request tells of the decline again, and of a payment meanwhile") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto request = creation(emulator.customer("pm_card_chargeCustomerFail"), {900});
    const auto first = gateway.create(request);
    REQUIRE(first.ok());
    const auto second = gateway.create(request);
    REQUIRE(second.ok());
    CHECK(second.answer.payment_error().code() == first.answer.payment_error().code());
    const auto& id = first.answer.invoice().stripe_invoice_id();
    emulator.call("POST", "/v1/invoices/" + id + "/pay", {{"paid_out_of_band", true}});
    const auto third = gateway.create(request);
    REQUIRE(third.ok());
    CHECK_FALSE(third.answer.has_payment_error());
    CHECK(third.answer.invoice().status() == "paid");
    check_exactly_one(request, "paid");
}

TEST_CASE("the same key with another request is refused, and changes nothing") {
    RunningGateway gateway;
    const auto request = creation(Emulator::shared().customer(), {100, 200});
    REQUIRE(gateway.create(request).ok());
    for (const int change : {0, 1, 2}) {
        auto other = request;
        if (change == 0) other.mutable_items(1)->set_amount_minor(201);
        if (change == 1) other.mutable_items(0)->set_name("Something else");
        if (change == 2) other.set_collect(v1::CreateInvoiceRequest::COLLECT_LATER);
        const auto refused = gateway.create(other);
        CHECK(refused.code == StatusCode::ALREADY_EXISTS);
        CHECK(refused.detail.reason() == "idempotency_key_reused");
    }
    check_exactly_one(request, "paid");
}

TEST_CASE("another gateway answers from the same memory") {
    RunningGateway one;
    RunningGateway other;
    const auto request = creation(Emulator::shared().customer(), {100});
    const auto first = one.create(request);
    const auto second = other.create(request);
    REQUIRE(first.ok());
    REQUIRE(second.ok());
    CHECK(second.answer.replayed());
    CHECK(second.answer.invoice().stripe_invoice_id() == first.answer.invoice().stripe_invoice_id());
}

TEST_CASE("a later version of Stripe's API works as well") {
    RunningGateway gateway({.api_version = "2025-03-31.basil"});
    const auto request = creation(Emulator::shared().customer(), many_amounts(30));
    const auto outcome = gateway.create(request);
    REQUIRE(outcome.ok());
    CHECK(outcome.answer.invoice().status() == "paid");
    CHECK(outcome.answer.invoice().lines_size() == 30);
    check_exactly_one(request, "paid");
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
