// Retrieve, pay, finalise, void, mark uncollectible and send: their effects, their replays, and what the state machine
// forbids.
#include <catch2/catch.hpp>

#include "integration/stripe_gateway/fixture.hpp"

namespace quittance::stripe_gateway::test {
namespace {

using grpc::StatusCode;

std::string id_of(const Outcome& outcome) {
    return outcome.answer.invoice().stripe_invoice_id();
}

// An open invoice: its card was declined.
std::string open_invoice(RunningGateway& gateway, const Customer& customer) {
    const auto outcome = gateway.create(creation(customer, {900}));
    REQUIRE(outcome.ok());
    REQUIRE(outcome.answer.invoice().status() == "open");
    return id_of(outcome);
}

// A draft of somebody else's, with one item.
std::string foreign_draft(const Customer& customer) {
    auto& emulator = Emulator::shared();
    const auto id =
        text_of(emulator.call("POST", "/v1/invoices", {{"customer", customer.id}, {"currency", "eur"}}), "id");
    emulator.call("POST", "/v1/invoiceitems",
                  {{"customer", customer.id}, {"invoice", id}, {"amount", 500}, {"currency", "eur"}});
    return id;
}

void check_forbidden(const Outcome& outcome, std::string_view status) {
    CHECK(outcome.code == StatusCode::FAILED_PRECONDITION);
    CHECK(outcome.detail.reason() == "invoice_state");
    CHECK(outcome.detail.present_status() == status);
    CHECK(outcome.detail.stripe().http_status() == 400);
}

TEST_CASE("retrieve gives Stripe's bytes and all lines") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto created = gateway.create(creation(emulator.customer(), many_amounts(130)));
    REQUIRE(created.ok());
    const auto outcome = gateway.retrieve(id_of(created));
    REQUIRE(outcome.ok());
    CHECK(outcome.json() == emulator.call("GET", "/v1/invoices/" + id_of(created)));
    CHECK(outcome.answer.invoice().lines_size() == 130);
    CHECK(outcome.answer.invoice().lines_complete());
    CHECK_FALSE(outcome.answer.replayed());
}

TEST_CASE("an invoice that does not exist") {
    RunningGateway gateway;
    for (const auto& outcome : {gateway.retrieve("in_nothing"), gateway.pay("in_nothing", "k1"),
                                gateway.finalise("in_nothing", "k2"), gateway.make_void("in_nothing", "k3")}) {
        CHECK(outcome.code == StatusCode::NOT_FOUND);
        CHECK(outcome.detail.reason() == "invoice_not_found");
        CHECK(outcome.detail.stripe().code() == "resource_missing");
    }
}

TEST_CASE("paying again with a card that works") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto customer = emulator.customer("pm_card_chargeCustomerFail");
    const auto id = open_invoice(gateway, customer);
    const auto good_card =
        text_of(emulator.call("POST", "/v1/payment_methods/pm_card_visa/attach", {{"customer", customer.id}}), "id");
    const auto declined = gateway.pay(id, "first-" + id);
    REQUIRE(declined.ok());
    CHECK(declined.answer.payment_error().code() == "card_declined");
    CHECK(declined.answer.invoice().status() == "open");
    const auto paid = gateway.pay(id, "second-" + id, good_card);
    REQUIRE(paid.ok());
    CHECK_FALSE(paid.answer.has_payment_error());
    CHECK(paid.answer.invoice().status() == "paid");
    const auto again = gateway.pay(id, "second-" + id, good_card);
    REQUIRE(again.ok());
    CHECK(again.answer.replayed());
    check_forbidden(gateway.pay(id, "third-" + id), "paid");
    // The first key still tells of its own decline no more: the invoice is paid by now.
    const auto late = gateway.pay(id, "first-" + id);
    REQUIRE(late.ok());
    CHECK_FALSE(late.answer.has_payment_error());
    CHECK(late.answer.invoice().status() == "paid");
}

TEST_CASE("a key belongs to one invoice") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto one = foreign_draft(emulator.customer());
    const auto other = foreign_draft(emulator.customer());
    const auto key = "shared-" + one;
    REQUIRE(gateway.finalise(one, key).ok());
    const auto refused = gateway.finalise(other, key);
    CHECK(refused.code == StatusCode::ALREADY_EXISTS);
    CHECK(refused.detail.reason() == "idempotency_key_reused");
}

TEST_CASE("finalise, once") {
    RunningGateway gateway;
    const auto id = foreign_draft(Emulator::shared().customer());
    const auto outcome = gateway.finalise(id, "f-" + id);
    REQUIRE(outcome.ok());
    CHECK(outcome.answer.invoice().status() == "open");
    CHECK(gateway.finalise(id, "f-" + id).answer.replayed());
    check_forbidden(gateway.finalise(id, "g-" + id), "open");
}

TEST_CASE("void what is open, and nothing else") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto id = open_invoice(gateway, emulator.customer("pm_card_chargeCustomerFail"));
    const auto outcome = gateway.make_void(id, "v-" + id);
    REQUIRE(outcome.ok());
    CHECK(outcome.answer.invoice().status() == "void");
    CHECK(gateway.make_void(id, "v-" + id).ok());
    check_forbidden(gateway.make_void(id, "w-" + id), "void");
    check_forbidden(gateway.pay(id, "p-" + id), "void");
    check_forbidden(gateway.finalise(id, "f-" + id), "void");

    const auto draft = foreign_draft(emulator.customer());
    check_forbidden(gateway.make_void(draft, "v-" + draft), "draft");
    const auto paid = gateway.create(creation(emulator.customer(), {700}));
    REQUIRE(paid.ok());
    check_forbidden(gateway.make_void(id_of(paid), "v-" + id_of(paid)), "paid");
}

TEST_CASE("mark uncollectible what is open, and pay or void it later") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto id = open_invoice(gateway, emulator.customer("pm_card_chargeCustomerFail"));
    const auto outcome = gateway.mark_uncollectible(id, "u-" + id);
    REQUIRE(outcome.ok());
    CHECK(outcome.answer.invoice().status() == "uncollectible");
    const auto again = gateway.mark_uncollectible(id, "u-" + id);
    REQUIRE(again.ok());
    CHECK(again.answer.replayed());
    CHECK(again.answer.invoice().status() == "uncollectible");
    check_forbidden(gateway.mark_uncollectible(id, "w-" + id), "uncollectible");
    REQUIRE(gateway.make_void(id, "v-" + id).ok());
    check_forbidden(gateway.mark_uncollectible(id, "x-" + id), "void");
    const auto draft = foreign_draft(emulator.customer());
    check_forbidden(gateway.mark_uncollectible(draft, "u-" + draft), "draft");
}

TEST_CASE("send what the customer pays by itself, the draft finalised first") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto customer = emulator.customer();
    const auto id = text_of(emulator.call("POST", "/v1/invoices",
                                          {{"customer", customer.id},
                                           {"currency", "eur"},
                                           {"collection_method", "send_invoice"},
                                           {"days_until_due", 30}}),
                            "id");
    emulator.call("POST", "/v1/invoiceitems",
                  {{"customer", customer.id}, {"invoice", id}, {"amount", 500}, {"currency", "eur"}});
    const auto sent = gateway.send(id, "s-" + id);
    REQUIRE(sent.ok());
    CHECK(sent.answer.invoice().status() == "open");
    CHECK(gateway.send(id, "s-" + id).answer.replayed());
    const auto mails = [&] {
        const auto list = emulator.call("GET", "/v1/events", {{"type", "invoice.sent"}, {"limit", 100}});
        int count = 0;
        for (const auto& event : list.at("data").as_array())
            if (event.at("data").at("object").at("id").as_string() == id.c_str()) ++count;
        return count;
    };
    CHECK(mails() == 1);
    CHECK(gateway.send(id, "r-" + id).ok());  // a reminder: another key asks for another mail
    CHECK(mails() == 2);
    REQUIRE(gateway.make_void(id, "v-" + id).ok());
    check_forbidden(gateway.send(id, "t-" + id), "void");

    const auto charged = open_invoice(gateway, emulator.customer("pm_card_chargeCustomerFail"));
    const auto refused = gateway.send(charged, "s-" + charged);
    CHECK(refused.code == StatusCode::FAILED_PRECONDITION);
    CHECK(refused.detail.reason() == "stripe_refused");
}

TEST_CASE("a draft of ours that is still being filled is not issued by anybody else") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto customer = emulator.customer();
    const auto id = text_of(emulator.call("POST", "/v1/invoices",
                                          {{"customer", customer.id},
                                           {"currency", "eur"},
                                           {"auto_advance", false},
                                           {"metadata", {{"quittance_key", "k"}, {"quittance_lines", "2"}}}}),
                            "id");
    for (const auto& outcome :
         {gateway.finalise(id, "f-" + id), gateway.pay(id, "p-" + id), gateway.send(id, "s-" + id)}) {
        CHECK(outcome.code == StatusCode::FAILED_PRECONDITION);
        CHECK(outcome.detail.reason() == "creation_in_progress");
        CHECK(outcome.detail.present_status() == "draft");
    }
    CHECK(text_of(emulator.call("GET", "/v1/invoices/" + id), "status") == "draft");
    // One that was handed over, to be collected later, is complete.
    auto later = creation(customer, {400});
    later.set_collect(v1::CreateInvoiceRequest::COLLECT_LATER);
    const auto released = gateway.create(later);
    REQUIRE(released.ok());
    CHECK(gateway.finalise(id_of(released), "f-" + id_of(released)).ok());
}

TEST_CASE("a payment method that is not the customer's is a bad field, not a bad state") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto id = open_invoice(gateway, emulator.customer("pm_card_chargeCustomerFail"));
    const auto outcome = gateway.pay(id, "p-" + id, emulator.customer().payment_method);
    CHECK(outcome.code == StatusCode::INVALID_ARGUMENT);
    REQUIRE(outcome.detail.fields_size() == 1);
    CHECK(outcome.detail.fields(0).field() == "paymentMethod");
}

TEST_CASE("each action survives a lost answer and a kept failure") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    for (const char* kind : {"drop_after", "error_500_after", "error_500_before", "lock_timeout_429"}) {
        INFO(kind);
        const auto id = foreign_draft(emulator.customer());
        const auto trouble = [&](const char* path) {
            emulator.behave();
            emulator.misbehave({{"kind", kind}, {"method", "POST"}, {"path", path}});
        };
        trouble("*/finalize");
        const auto finalised = gateway.finalise(id, std::string(kind) + "-f-" + id);
        REQUIRE(finalised.ok());
        CHECK(finalised.answer.invoice().status() == "open");
        trouble("*/pay");
        const auto paid = gateway.pay(id, std::string(kind) + "-p-" + id);
        REQUIRE(paid.ok());
        CHECK(paid.answer.invoice().status() == "paid");
        const auto other = open_invoice(gateway, emulator.customer("pm_card_chargeCustomerFail"));
        trouble("*/void");
        const auto voided = gateway.make_void(other, std::string(kind) + "-v-" + other);
        REQUIRE(voided.ok());
        CHECK(voided.answer.invoice().status() == "void");
    }
    emulator.behave();
}

TEST_CASE("finalising leaves an invoice that the customer pays by itself to be sent") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto customer = emulator.customer();
    for (const bool advances : {false, true}) {
        const auto draft = emulator.call("POST", "/v1/invoices",
                                         {{"customer", customer.id},
                                          {"collection_method", "send_invoice"},
                                          {"days_until_due", 30},
                                          {"auto_advance", advances},
                                          {"currency", "eur"}});
        const auto id = text_of(draft, "id");
        emulator.call("POST", "/v1/invoiceitems",
                      {{"customer", customer.id}, {"invoice", id}, {"amount", 500}, {"currency", "eur"}});
        v1::FinalizeInvoiceRequest request;
        request.set_stripe_invoice_id(id);
        request.set_idempotency_key("finalise-" + id);
        request.set_auto_advance(true);
        grpc::ClientContext context;
        v1::StripeInvoice answer;
        REQUIRE(gateway.stub().FinalizeInvoice(&context, request, &answer).ok());
        const auto now = emulator.call("GET", "/v1/invoices/" + id);
        CHECK(text_of(now, "status") == "open");
        CHECK(now.at("auto_advance").as_bool() == advances);
    }
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
