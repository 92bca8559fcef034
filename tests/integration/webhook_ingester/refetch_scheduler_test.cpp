// What an event leaves to be asked of Stripe.
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "integration/webhook_ingester/ingester.hpp"
#include "integration/webhook_ingester/scripted_store.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace): a test of its own
namespace v1 = quittance::v1;
using quittance::webhook_ingester::followup_of;
using v1::EventOutcome;

namespace {

v1::InvoiceEvent refund_without_invoice() {
    v1::InvoiceEvent event;
    event.set_account("acme");
    event.set_payload("{}");
    event.mutable_payment_fact()->set_kind(v1::PaymentFact::REFUND);
    event.mutable_payment_fact()->set_payment_intent_id("pi_1");
    return event;
}

EventOutcome outcome(EventOutcome::State state) {
    EventOutcome made;
    made.set_state(state);
    return made;
}

}  // namespace

TEST_CASE("an invoice that the store left open is asked for, anything else is not") {
    ScriptedStore store([](const auto& request, auto& response) {
        for (const auto& event : request.events()) {
            auto& decided = *response.add_outcomes();
            decided.set_state(EventOutcome::NEEDS_REFETCH);
            if (event.event_id() == "evt_tie") decided.set_refetch_stripe_invoice_id("in_tie");
        }
        return grpc::Status::OK;
    });
    Ingester ingester({store.address()});
    CHECK(ingester.deliver(signed_webhook(event_body("evt_other"))).status == 200);
    CHECK(ingester.followups().empty());
    CHECK(ingester.deliver(signed_webhook(event_body("evt_tie"))).status == 200);
    const auto followups = ingester.followups();
    REQUIRE(followups.size() == 1);
    CHECK(followups[0].account == "acme");
    CHECK(followups[0].stripe_invoice_id == "in_tie");
    CHECK_FALSE(followups[0].payment);
}

TEST_CASE("a payment that names no invoice is asked about once it is durable") {
    const auto followup = followup_of(refund_without_invoice(), outcome(EventOutcome::APPLIED));
    REQUIRE(followup);
    REQUIRE(followup->payment);
    CHECK(followup->payment->payment_fact().payment_intent_id() == "pi_1");
    CHECK(followup->payment->payload().empty());
    CHECK_FALSE(followup_of(refund_without_invoice(), outcome(EventOutcome::DUPLICATE)));
    auto named = refund_without_invoice();
    named.mutable_payment_fact()->set_stripe_invoice_id("in_1");
    CHECK_FALSE(followup_of(named, outcome(EventOutcome::APPLIED)));
    auto nameless = refund_without_invoice();
    nameless.mutable_payment_fact()->clear_payment_intent_id();
    CHECK_FALSE(followup_of(nameless, outcome(EventOutcome::APPLIED)));
    CHECK_FALSE(followup_of({}, outcome(EventOutcome::APPLIED)));
}
