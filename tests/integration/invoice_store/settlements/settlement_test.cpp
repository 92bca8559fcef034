// Payments, refunds and disputes find their invoice and settle it, in whatever order all of them come.
#include <catch2/catch.hpp>
#include <tuple>
#include <vector>

#include "integration/invoice_store/settlements/settled_store.hpp"

using namespace quittance;
using test::fact_event;
using test::make_event;
using test::naming_event;
using v1::PaymentFact;
using Outcome = v1::EventOutcome;
using Running = test::SettledStore;

namespace {

v1::InvoiceEvent fact(const std::string& event_id, PaymentFact::Kind kind, const std::string& object,
                      std::int64_t amount_minor, const std::string& status, int second) {
    auto event = fact_event(kind, object, amount_minor, status, second);
    event.set_event_id(event_id);
    return event;
}

v1::InvoiceEvent paid(const std::string& event_id, int second, const std::string& invoice = "in_test") {
    auto event = make_event(event_id, "paid", second, invoice);
    event.mutable_invoice()->set_amount_paid_minor(3'300);
    return event;
}

// The life of a paid invoice of today: nothing but the invoice payment ties its charge to it.
std::vector<v1::InvoiceEvent> refunded_life(const std::string& name) {
    std::vector<v1::InvoiceEvent> events;
    events.push_back(make_event("evt_" + name + "_open", "open", 1, "in_" + name));
    events.push_back(paid("evt_" + name + "_paid", 2, "in_" + name));
    auto payment = fact("evt_" + name + "_payment", PaymentFact::INVOICE_PAYMENT, "inpay_" + name, 3'300, "paid", 2);
    payment.mutable_payment_fact()->set_stripe_invoice_id("in_" + name);
    payment.mutable_payment_fact()->set_payment_intent_id("pi_" + name);
    events.push_back(payment);
    for (const auto& [id, amount, second] : {std::tuple("_first", 1'000, 5), std::tuple("_second", 3'300, 7)}) {
        auto charge = fact("evt_" + name + id, PaymentFact::CHARGE, "ch_" + name, amount, "succeeded", second);
        charge.mutable_payment_fact()->set_payment_intent_id("pi_" + name);
        events.push_back(charge);
    }
    auto refund = fact("evt_" + name + "_refund", PaymentFact::REFUND, "re_" + name, 1'000, "succeeded", 5);
    refund.mutable_payment_fact()->set_charge_id("ch_" + name);
    events.push_back(refund);
    return events;
}

// Before basil nothing tells that a payment was detached, and its charge names the invoice for ever.
std::vector<v1::InvoiceEvent> reopened_life(const std::string& name) {
    const auto invoice = "in_" + name;
    const auto first = "pi_1_" + name;
    const auto second = "pi_2_" + name;
    auto charge = fact_event(PaymentFact::CHARGE, "ch_1_" + name, 3'300, "succeeded", 6);
    charge.mutable_payment_fact()->set_payment_intent_id(first);
    charge.mutable_payment_fact()->set_stripe_invoice_id(invoice);
    auto refund = fact_event(PaymentFact::REFUND, "re_1_" + name, 3'300, "succeeded", 6);
    refund.mutable_payment_fact()->set_payment_intent_id(first);
    refund.mutable_payment_fact()->set_charge_id("ch_1_" + name);
    return {naming_event(invoice, "open", first, "", 1),
            naming_event(invoice, "paid", first, "ch_1_" + name, 2),
            naming_event(invoice, "open", second, "", 5),
            charge,
            refund,
            naming_event(invoice, "paid", second, "ch_2_" + name, 8)};
}

}  // namespace

TEST_CASE("a refund settles its invoice, and an older word of the same charge is stale") {
    Running running;
    running.client.apply({paid("evt_1", 2)});
    CHECK(running.get("in_test").settlement() == "settled");
    auto refund = fact("evt_2", PaymentFact::CHARGE, "ch_1", 1'000, "succeeded", 5);
    refund.mutable_payment_fact()->set_stripe_invoice_id("in_test");
    CHECK(running.client.apply({refund}).second == std::vector{Outcome::APPLIED});
    auto invoice = running.get("in_test");
    CHECK(invoice.settlement() == "partially_refunded");
    CHECK(invoice.amount_refunded_minor() == 1'000);
    CHECK(invoice.update_time().seconds() == test::kCreateSecond + 5);
    auto older = refund;
    older.set_event_id("evt_3");
    older.mutable_event_time()->set_seconds(test::kCreateSecond + 4);
    older.mutable_payment_fact()->set_amount_minor(10);
    CHECK(running.client.apply({older, refund}).second == std::vector{Outcome::STALE, Outcome::DUPLICATE});
    CHECK(running.get("in_test").amount_refunded_minor() == 1'000);

    v1::ListInvoicesResponse page;
    REQUIRE(running.client.call(&v1::InvoiceStore::Stub::ListInvoices, {}, page).ok());
    CHECK(page.invoices(0).settlement() == "partially_refunded");
    v1::ListEventsRequest history;
    history.set_invoice_id("in_test");
    v1::ListEventsResponse events;
    REQUIRE(running.client.call(&v1::InvoiceStore::Stub::ListEvents, history, events).ok());
    CHECK(events.events_size() == 3);
}

TEST_CASE("a lost dispute is a charge-back, a won one is none") {
    Running running;
    running.client.apply({paid("evt_1", 2)});
    auto dispute = fact("evt_2", PaymentFact::DISPUTE, "dp_1", 3'300, "needs_response", 5);
    dispute.mutable_payment_fact()->set_stripe_invoice_id("in_test");
    running.client.apply({dispute});
    CHECK(running.get("in_test").settlement() == "disputed");
    CHECK(running.get("in_test").amount_disputed_minor() == 3'300);
    const auto [status, word] = GENERATE(std::pair("lost", "charged_back"), std::pair("won", "settled"));
    dispute.set_event_id("evt_3");
    dispute.mutable_event_time()->set_seconds(test::kCreateSecond + 9);
    dispute.mutable_payment_fact()->set_status(status);
    running.client.apply({dispute});
    CHECK(running.get("in_test").settlement() == word);
}

TEST_CASE("facts of an invoice that names its payment find it, also where they came first") {
    Running running;
    auto refund = fact("evt_2", PaymentFact::REFUND, "re_1", 400, "succeeded", 5);
    refund.mutable_payment_fact()->set_charge_id("ch_1");
    running.client.apply({refund});
    auto invoice = paid("evt_1", 2);
    invoice.mutable_invoice()->set_charge_id("ch_1");
    running.client.apply({invoice});
    CHECK(running.becomes("in_test", "partially_refunded 400"));
}

TEST_CASE("what two transactions hid from each other is found by looking again") {
    Running running;
    auto invoice = paid("evt_1", 2);
    invoice.mutable_invoice()->set_payment_intent_id("pi_1");
    running.client.apply({invoice});
    // As if the fact had been written before the invoice could be seen.
    running.database.run(
        "INSERT INTO payment_facts (object_id, account, livemode, kind, stripe_invoice_id, payment_intent_id, "
        "charge_id,"
        " amount_minor, currency, status, event_time, event_id)"
        " VALUES ('ch_1', 'default', false, 2, '', 'pi_1', 'ch_1', 700, 'eur', 'succeeded', now(), 'evt_2')");
    CHECK(running.becomes("in_test", "partially_refunded 700"));
}

TEST_CASE("a credit note asks for its invoice anew") {
    Running running;
    running.client.apply({paid("evt_1", 2)});
    auto note = fact("evt_2", PaymentFact::CREDIT_NOTE, "cn_1", 100, "issued", 5);
    note.mutable_payment_fact()->set_stripe_invoice_id("in_test");
    v1::ApplyInvoiceEventsRequest request;
    *request.add_events() = note;
    v1::ApplyInvoiceEventsResponse response;
    REQUIRE(running.client.call(&v1::InvoiceStore::Stub::ApplyInvoiceEvents, request, response).ok());
    CHECK(response.outcomes(0).refetch_stripe_invoice_id() == "in_test");
    v1::ListRefetchesResponse queue;
    REQUIRE(running.client.call(&v1::InvoiceStore::Stub::ListRefetches, {}, queue).ok());
    REQUIRE(queue.refetches_size() == 1);
    CHECK(queue.refetches(0).reason() == "credit_note");
    auto answer = paid("refetch_1", 6);
    answer.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
    running.client.apply({answer});
    REQUIRE(running.client.call(&v1::InvoiceStore::Stub::ListRefetches, {}, queue).ok());
    CHECK(queue.refetches_size() == 0);
}

TEST_CASE("a fact that cannot be kept is dead and harms nobody") {
    Running running;
    auto broken = fact("evt_1", PaymentFact::REFUND, "re_1", -1, "succeeded", 5);
    auto good = fact("evt_2", PaymentFact::REFUND, "re_2", 5, "succeeded", 5);
    CHECK(running.client.apply({broken, good, paid("evt_3", 2)}).second ==
          std::vector{Outcome::DEAD, Outcome::APPLIED, Outcome::APPLIED});
    // What only the database refuses is found by halving.
    running.database.run("ALTER TABLE payment_facts ADD CHECK (currency <> 'poison')");
    auto poison = fact("evt_4", PaymentFact::REFUND, "re_3", 5, "succeeded", 5);
    poison.mutable_payment_fact()->set_currency("poison");
    auto other = fact("evt_5", PaymentFact::REFUND, "re_4", 5, "succeeded", 5);
    CHECK(running.client.apply({poison, other}).second == std::vector{Outcome::DEAD, Outcome::APPLIED});
}

TEST_CASE("every order of a refunded invoice's events ends in the same settlement") {
    Running running;
    const auto names = running.send_every_order(6, refunded_life);
    const auto stored = running.database.settled_invoices();
    REQUIRE(stored.size() == names.size());
    for (const auto& name : names) {
        const auto& invoice = stored.at("in_" + name);
        INFO(name);
        REQUIRE(invoice.settlement() == "refunded");
        REQUIRE(invoice.amount_refunded_minor() == 3'300);
        REQUIRE(invoice.update_time().seconds() == test::kCreateSecond + 7);
    }
}

TEST_CASE("every order of an invoice that was reopened, refunded and paid anew ends without a refund") {
    Running running;
    const auto names = running.send_every_order(6, reopened_life);
    std::vector<std::string> wrong;
    const auto look = [&] {
        wrong.clear();
        for (const auto& [id, invoice] : running.database.settled_invoices())
            if (invoice.settlement() != "settled" || invoice.amount_refunded_minor() != 0 ||
                invoice.update_time().seconds() != test::kCreateSecond + 8)
                wrong.push_back(id);
        return wrong.empty();
    };
    CHECK(test::eventually(look));
    CHECK(wrong == std::vector<std::string>());
    CHECK(running.database.value("SELECT count(*) FROM invoices") == std::to_string(names.size()));
    // A refund of the payment that stands counts.
    auto refund = fact_event(PaymentFact::REFUND, "re_2", 300, "succeeded", 9);
    refund.mutable_payment_fact()->set_payment_intent_id("pi_2_7");
    running.client.apply({refund});
    CHECK(running.shown("in_7") == "partially_refunded 300");
}
