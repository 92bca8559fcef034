// Two Stripe accounts behind one gateway: each call goes to its own, and keys of the two never meet.
#include <catch2/catch.hpp>

#include "integration/stripe_gateway/fixture.hpp"

namespace quittance::stripe_gateway::test {
namespace {

TEST_CASE("each account has its own Stripe") {
    auto& here = Emulator::shared();
    Emulator there;
    RunningGateway gateway({.others = {{"us", there.url()}}});
    auto request = creation(there.customer(), {100, 200});
    auto lost = request;
    lost.set_idempotency_key("lost-" + request.idempotency_key());
    CHECK_FALSE(gateway.create(lost).ok());  // the first account has no such customer
    request.set_account("us");
    const auto made = gateway.create(request);
    REQUIRE(made.ok());
    CHECK(made.answer.invoice().account() == "us");
    CHECK(there.invoices_of(request.stripe_customer_id()).size() == 1);

    // The same key on the other account is another request.
    auto other = creation(here.customer(), {700});
    other.set_idempotency_key(request.idempotency_key());
    const auto second = gateway.create(other);
    REQUIRE(second.ok());
    CHECK_FALSE(second.answer.replayed());
    CHECK(second.answer.invoice().account() == "default");

    const auto& id = made.answer.invoice().stripe_invoice_id();
    CHECK(gateway.retrieve(id).code == grpc::StatusCode::NOT_FOUND);
    v1::RetrieveInvoiceRequest retrieve;
    retrieve.set_account("us");
    retrieve.set_stripe_invoice_id(id);
    grpc::ClientContext context;
    v1::StripeInvoice answer;
    CHECK(gateway.stub().RetrieveInvoice(&context, retrieve, &answer).ok());
    CHECK(answer.invoice().account() == "us");
}

TEST_CASE("one account's silent Stripe is not the other's") {
    RunningGateway gateway({.attempts = 1, .others = {{"down", "http://127.0.0.1:1"}}});
    auto lost = creation({"cus_1", ""}, {100});
    lost.set_account("down");
    CHECK(gateway.create(lost).code == grpc::StatusCode::UNAVAILABLE);
    CHECK(gateway.create(creation(Emulator::shared().customer(), {100})).ok());
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
