// A request that is repeated after Stripe has forgotten its keys: the caller names the invoice that its webhooks told
// of.
#include <catch2/catch.hpp>

#include "integration/stripe_gateway/fixture.hpp"

namespace quittance::stripe_gateway::test {
namespace {

using grpc::StatusCode;

v1::CreateInvoiceRequest knowing(v1::CreateInvoiceRequest request, const std::string& invoice) {
    request.set_known_stripe_invoice_id(invoice);
    return request;
}

TEST_CASE("after Stripe forgot the keys, the known invoice is the answer") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    for (const auto collect : {v1::CreateInvoiceRequest::COLLECT_NOW, v1::CreateInvoiceRequest::COLLECT_LATER}) {
        auto request = creation(emulator.customer(), many_amounts(60));
        request.set_collect(collect);
        const auto first = gateway.create(request);
        REQUIRE(first.ok());
        const auto& id = first.answer.invoice().stripe_invoice_id();
        emulator.forget_keys();
        const auto again = gateway.create(knowing(request, id));
        REQUIRE(again.ok());
        CHECK(again.answer.replayed());
        CHECK(again.answer.invoice().stripe_invoice_id() == id);
        CHECK(again.answer.invoice().lines_size() == 60);
        check_exactly_one(request, collect == v1::CreateInvoiceRequest::COLLECT_NOW ? "paid" : "draft");
    }
}

TEST_CASE("another request with the key of a known invoice is refused") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto request = creation(emulator.customer(), {100, 200});
    const auto first = gateway.create(request);
    REQUIRE(first.ok());
    emulator.forget_keys();
    auto other = knowing(request, first.answer.invoice().stripe_invoice_id());
    other.mutable_items(1)->set_amount_minor(201);
    auto renamed = knowing(request, first.answer.invoice().stripe_invoice_id());
    renamed.set_idempotency_key(request.idempotency_key() + "-2");
    for (const auto& wrong : {other, renamed}) {
        const auto refused = gateway.create(wrong);
        CHECK(refused.code == StatusCode::ALREADY_EXISTS);
        CHECK(refused.detail.reason() == "idempotency_key_reused");
    }
    check_exactly_one(request, "paid");
}

TEST_CASE(
    "a known invoice that nobody asked the money for yet is collected, one that was declined is not asked again") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto request = creation(emulator.customer(), {1'200});
    emulator.behave();
    emulator.misbehave({{"kind", "drop_before"}, {"idempotency_key", "*:pay"}, {"count", 0}});
    CHECK(gateway.create(request).code == StatusCode::UNAVAILABLE);
    emulator.behave();
    emulator.forget_keys();
    const auto open = check_exactly_one(request, "open");
    const auto collected = gateway.create(knowing(request, text_of(open, "id")));
    REQUIRE(collected.ok());
    check_exactly_one(request, "paid");

    const auto declined = creation(emulator.customer("pm_card_chargeCustomerFail"), {1'200});
    const auto first = gateway.create(declined);
    REQUIRE(first.ok());
    CHECK(first.answer.has_payment_error());
    emulator.forget_keys();
    const auto again = gateway.create(knowing(declined, first.answer.invoice().stripe_invoice_id()));
    REQUIRE(again.ok());
    CHECK(again.answer.replayed());
    CHECK(again.answer.invoice().attempt_count() == first.answer.invoice().attempt_count());
    check_exactly_one(declined, "open");
}

TEST_CASE("a draft that is being filled is finished by its keys, and one that is gone is made anew") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto request = creation(emulator.customer(), many_amounts(3));
    // As a gateway leaves it that dies behind the first call.
    emulator.behave();
    emulator.misbehave({{"kind", "hold"}, {"idempotency_key", "*:lines:0"}});
    CHECK(gateway.create(request, std::chrono::milliseconds(1'500)).code == StatusCode::DEADLINE_EXCEEDED);
    emulator.behave();
    const auto invoices = emulator.invoices_of(request.stripe_customer_id());
    const auto draft = invoices.empty() ? std::string("in_gone") : text_of(invoices[0], "id");
    REQUIRE(gateway.create(knowing(request, draft)).ok());
    check_exactly_one(request, "paid");

    const auto unknown = creation(emulator.customer(), {100});
    REQUIRE(gateway.create(knowing(unknown, "in_that_never_was")).ok());
    check_exactly_one(unknown, "paid");
    CHECK(gateway.create(knowing(unknown, "in/../x")).code == StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
