// Payments as rows: an invoice has many, one payment intent pays several invoices, and whatever the order in which
// Stripe's events come, each invoice shows what went back of its own money.
#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "integration/invoice_store/settlements/settled_store.hpp"
#include "invoice_store/settlements/payment_facts.hpp"
#include "invoice_store/settlements/payment_rows.hpp"

using namespace quittance;
using test::fact_event;
using test::make_event;
using test::naming_event;
using test::payment_event;
using v1::PaymentFact;
using Outcome = v1::EventOutcome;
using Running = test::SettledStore;

namespace {

constexpr std::int64_t kDay = 86'400;

v1::InvoiceEvent paid(const std::string& invoice, std::int64_t amount, int second) {
    auto event = make_event("evt_paid_" + invoice, "paid", second, invoice);
    event.mutable_invoice()->set_amount_paid_minor(amount);
    event.mutable_invoice()->mutable_paid_time()->set_seconds(test::kCreateSecond + second);
    return event;
}

v1::InvoiceEvent refund(const std::string& id, const std::string& intent, const std::string& charge,
                        std::int64_t amount, const std::string& status, int second) {
    auto event = fact_event(PaymentFact::REFUND, id, amount, status, second);
    event.mutable_payment_fact()->set_payment_intent_id(intent);
    event.mutable_payment_fact()->set_charge_id(charge);
    return event;
}

v1::InvoiceEvent credit_note(const std::string& id, const std::string& invoice, const std::string& refund,
                             std::int64_t amount, int second) {
    auto event = fact_event(PaymentFact::CREDIT_NOTE, id, amount, "issued", second);
    event.mutable_payment_fact()->set_stripe_invoice_id(invoice);
    auto& part = *event.mutable_payment_fact()->add_refunds();
    part.set_type(refund.empty() ? "payment_record_refund" : "refund");
    part.set_refund_id(refund);
    part.set_amount_minor(amount);
    return event;
}

// Two invoices of one payment intent, of which first a part and then the rest goes back; a third payment is detached.
std::vector<v1::InvoiceEvent> shared_life(const std::string& name) {
    const auto a = "in_a" + name;
    const auto b = "in_b" + name;
    const auto intent = "pi_" + name;
    const auto charge = "ch_" + name;
    return {paid(a, 3'000, 2),
            paid(b, 2'000, 2),
            payment_event("inpay_a" + name, a, intent, 3'000, "paid", 2),
            payment_event("inpay_b" + name, b, intent, 2'000, "paid", 2),
            payment_event("inpay_c" + name, a, "pi_c" + name, 3'000, "paid", 2),
            payment_event("inpay_c" + name, a, "pi_c" + name, 0, "canceled", 3),
            refund("re_c" + name, "pi_c" + name, "ch_c" + name, 3'000, "succeeded", 4),
            refund("re_1" + name, intent, charge, 1'000, "pending", 5),
            refund("re_1" + name, intent, charge, 1'000, "succeeded", 6),
            credit_note("cn_1" + name, b, "re_1" + name, 1'000, 6),
            refund("re_2" + name, intent, charge, 500, "pending", 7),
            refund("re_2" + name, intent, charge, 500, "failed", 7)};
}

}  // namespace

TEST_CASE("a whole refund of a shared payment intent gives each invoice its own part, a partial one waits") {
    Running running;
    running.client.apply({paid("in_a", 3'000, 1), paid("in_b", 2'000, 1)});
    running.client.apply({payment_event("inpay_a", "in_a", "pi_1", 3'000, "paid", 1)});
    running.client.apply({payment_event("inpay_b", "in_b", "pi_1", 2'000, "paid", 1)});
    running.client.apply({refund("re_1", "pi_1", "ch_1", 1'000, "succeeded", 5)});
    CHECK(running.shown("in_a") == "unknown 0");
    CHECK(running.shown("in_b") == "unknown 0");
    running.client.apply({credit_note("cn_1", "in_b", "re_1", 1'000, 6)});
    CHECK(running.shown("in_a") == "settled 0");
    CHECK(running.shown("in_b") == "partially_refunded 1000");
    running.client.apply({refund("re_2", "pi_1", "ch_1", 4'000, "succeeded", 7)});
    CHECK(running.shown("in_a") == "refunded 3000");
    CHECK(running.shown("in_b") == "refunded 2000");
    // The history of each has both refunds: its invoice, its payment, two refunds, and the credit note of its own.
    for (const auto& [id, events] : {std::pair("in_a", 4), std::pair("in_b", 5)}) {
        v1::ListEventsRequest history;
        history.set_invoice_id(id);
        v1::ListEventsResponse found;
        REQUIRE(running.client.call(&v1::InvoiceStore::Stub::ListEvents, history, found).ok());
        CHECK(found.events_size() == events);
        history.set_invoice_id(running.get(id).id());
        REQUIRE(running.client.call(&v1::InvoiceStore::Stub::ListEvents, history, found).ok());
        CHECK(found.events_size() == events);
    }
}

TEST_CASE("no invoice shows more back than was paid for it") {
    Running running;
    running.client.apply({payment_event("inpay_a", "in_a", "pi_1", 3'000, "paid", 1),
                          refund("re_1", "pi_1", "ch_1", 5'000, "succeeded", 5)});
    running.client.apply({paid("in_a", 3'000, 1)});
    CHECK(running.shown("in_a") == "refunded 3000");
    auto dispute = fact_event(PaymentFact::DISPUTE, "dp_1", 9'000, "lost", 6);
    dispute.mutable_payment_fact()->set_charge_id("ch_1");
    running.client.apply({dispute});
    CHECK(running.get("in_a").amount_disputed_minor() == 3'000);
}

TEST_CASE("a detached payment takes its refund away from the invoice") {
    Running running;
    running.client.apply({paid("in_a", 3'000, 1)});
    running.client.apply({payment_event("inpay_a", "in_a", "pi_1", 3'000, "paid", 1)});
    running.client.apply({refund("re_1", "pi_1", "ch_1", 3'000, "succeeded", 5)});
    CHECK(running.shown("in_a") == "refunded 3000");
    CHECK(running.client.apply({payment_event("inpay_a", "in_a", "pi_1", 0, "detached", 4)}).second ==
          std::vector{Outcome::APPLIED});
    CHECK(running.shown("in_a") == "settled 0");
    CHECK(running.client.apply({payment_event("inpay_a", "in_a", "pi_1", 3'000, "paid", 3)}).second ==
          std::vector{Outcome::STALE});
    CHECK(running.database.value("SELECT status FROM invoice_payments") == "detached");
}

TEST_CASE("an answer that lists an invoice's payments ties their refunds") {
    Running running;
    running.client.apply({refund("re_1", "pi_2", "ch_2", 400, "succeeded", 5)});
    auto answer = paid("in_a", 3'000, 1);
    answer.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
    for (const auto& [intent, status] : {std::pair("pi_1", "canceled"), std::pair("pi_2", "paid")}) {
        auto& listed = *answer.mutable_invoice()->add_payments();
        listed.set_id(std::string("inpay_") + intent);
        listed.set_stripe_invoice_id("in_a");
        listed.set_payment_intent_id(intent);
        listed.set_status(status);
        listed.set_amount_paid_minor(3'000);
    }
    running.client.apply({answer});
    CHECK(running.becomes("in_a", "partially_refunded 400"));
    CHECK(running.database.value("SELECT count(*) FROM invoice_payments") == "2");
    running.client.apply({refund("re_2", "pi_1", "ch_1", 100, "succeeded", 6)});
    CHECK(running.shown("in_a") == "partially_refunded 400");
}

TEST_CASE("the payment intent of an older event is a payment, also once newer events do not name it") {
    Running running;
    auto old = paid("in_a", 3'000, 1);
    old.mutable_invoice()->set_payment_intent_id("pi_1");
    running.client.apply({old});
    auto later = paid("in_a", 3'000, 9);
    later.set_event_id("evt_later");
    running.client.apply({later});
    CHECK(running.database.value("SELECT payment_intent_id FROM invoices") == "pi_1");
    CHECK(running.database.value("SELECT count(*) FROM invoice_payments") == "0");
    running.client.apply({refund("re_1", "pi_1", "ch_1", 400, "succeeded", 10)});
    CHECK(running.shown("in_a") == "partially_refunded 400");
    // Stripe's own payment stands in for the one that the invoice names.
    running.client.apply({payment_event("inpay_a", "in_a", "pi_1", 0, "detached", 11)});
    CHECK(running.shown("in_a") == "settled 0");
}

TEST_CASE("what the version before wrote is read on") {
    Running running;
    auto old = paid("in_a", 3'000, 1);
    old.mutable_invoice()->set_payment_intent_id("pi_1");
    running.client.apply({old, paid("in_b", 2'000, 1)});
    running.client.apply({refund("re_1", "pi_1", "ch_1", 400, "succeeded", 5)});
    CHECK(running.shown("in_a") == "partially_refunded 400");
    running.database.run(
        "INSERT INTO payment_facts (object_id, account, livemode, kind, stripe_invoice_id, payment_intent_id, "
        "charge_id,"
        " amount_minor, currency, status, event_time, event_id, invoice_id)"
        " VALUES ('inpay_b', 'default', false, 1, 'in_b', 'pi_2', '', 2000, 'eur', 'paid', now(), 'evt_9', 'in_b')");
    running.client.apply({refund("re_2", "pi_2", "ch_2", 300, "succeeded", 6)});
    CHECK(running.shown("in_b") == "partially_refunded 300");
    // It made rows of what invoices named. They count unless the invoice names another payment.
    running.client.apply({paid("in_c", 3'000, 1)});
    for (const auto& [invoice, intent] : {std::pair("in_a", "pi_0"), std::pair("in_c", "pi_3")})
        running.database.run(
            std::string(
                "INSERT INTO invoice_payments (payment_id, account, livemode, stripe_invoice_id,"
                " payment_intent_id, charge_id, payment_record_id, amount_paid_minor, amount_requested_minor,"
                " currency, status, progress, is_default, derived, event_time, event_id) VALUES ('payment_of_") +
            invoice + "_" + intent + "', 'default', false, '" + invoice + "', '" + intent +
            "', '', '', 3000, 0, 'eur', 'paid', 2, false, true, now(), 'evt_8')");
    running.client.apply(
        {refund("re_0", "pi_0", "ch_0", 700, "succeeded", 6), refund("re_3", "pi_3", "ch_3", 500, "succeeded", 6)});
    CHECK(running.shown("in_a") == "partially_refunded 400");
    CHECK(running.shown("in_c") == "partially_refunded 500");
    // A settlement that it computed is computed again.
    running.database.run(
        "UPDATE settlements SET payment_intent_id = '', charge_id = '', amount_refunded_minor = 1100"
        " WHERE stripe_invoice_id = 'in_a'");
    CHECK(running.becomes("in_a", "partially_refunded 400"));
}

TEST_CASE("a settlement that does not fit what its invoice names is found by looking again") {
    Running running;
    running.client.apply(
        {naming_event("in_a", "paid", "pi_1", "ch_1", 1), naming_event("in_b", "paid", "pi_d", "ch_1", 1)});
    running.client.apply({refund("re_1", "", "ch_1", 6'600, "succeeded", 5)});
    CHECK(running.becomes("in_a", "refunded 3300"));
    CHECK(running.becomes("in_b", "refunded 3300"));
    // As if the process had ended between the commit of the invoice's event and the look after it.
    running.database.run(
        "UPDATE invoices SET payment_intent_id = 'pi_2', charge_id = 'ch_2' WHERE stripe_invoice_id = 'in_b'");
    CHECK(running.becomes("in_b", "settled 0"));
    CHECK(running.becomes("in_a", "refunded 3300"));
    // The sweep leaves alone what fits.
    const auto seen = running.database.value("SELECT max(seq) FROM invoice_changes");
    running.client.apply({naming_event("in_c", "paid", "pi_3", "ch_3", 9)});
    CHECK(running.becomes("in_c", "settled 0"));
    CHECK(running.database.value("SELECT count(*) FROM invoice_changes WHERE seq > " + seen) == "1");
}

TEST_CASE("the latest second that names a payment stands, in every order of statements that name none") {
    Running running;
    const auto names = running.send_every_order(4, [](const std::string& name) {
        const auto invoice = "in_" + name;
        return std::vector{naming_event(invoice, "open", "pi_1_" + name, "", 1),
                           naming_event(invoice, "paid", "pi_2_" + name, "ch_2_" + name, 3),
                           naming_event(invoice, "paid", "", "", 5),
                           refund("re_" + name, "pi_2_" + name, "", 300, "succeeded", 6)};
    });
    CHECK(running.database.value(
              "SELECT count(*) FROM invoices WHERE payment_intent_id LIKE 'pi_2_%' AND charge_id LIKE 'ch_2_%'") ==
          "24");
    for (const auto& name : names) CHECK(running.becomes("in_" + name, "partially_refunded 300"));
}

TEST_CASE("a credit note gives back through a payment record, and names refunds that no event told of") {
    Running running;
    running.client.apply({paid("in_a", 5'000, 1)});
    running.client.apply({payment_event("inpay_a", "in_a", "pi_1", 5'000, "paid", 1)});
    running.client.apply({credit_note("cn_1", "in_a", "", 1'500, 5), credit_note("cn_2", "in_a", "re_9", 500, 6)});
    CHECK(running.shown("in_a") == "partially_refunded 2000");
    running.client.apply({refund("re_9", "pi_1", "ch_1", 500, "pending", 6)});
    CHECK(running.shown("in_a") == "partially_refunded 2000");
    running.client.apply({refund("re_9", "", "", 500, "failed", 8)});
    CHECK(running.shown("in_a") == "partially_refunded 1500");
}

TEST_CASE("an invoice that was paid before anybody followed its account is unknown until Stripe is asked") {
    Running running;
    auto found = paid("in_old", 3'000, 0);
    found.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
    found.mutable_event_time()->set_seconds(test::kCreateSecond + 90 * kDay);
    running.client.apply({found});
    CHECK(running.shown("in_old") == "unknown 0");
    v1::ListInvoicesResponse page;
    REQUIRE(running.client.call(&v1::InvoiceStore::Stub::ListInvoices, {}, page).ok());
    CHECK(page.invoices(0).settlement() == "unknown");

    // The account is followed from the 60th day on: that covers later payments alone.
    const auto start = static_cast<int>(60 * kDay);
    running.client.apply({payment_event("inpay_new", "in_new", "pi_new", 100, "paid", start)});
    auto later = paid("in_later", 3'000, start + 500);
    later.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
    running.client.apply({later});
    CHECK(running.shown("in_later") == "settled 0");
    CHECK(running.shown("in_old") == "unknown 0");

    // An event long after the payment does not tell what happened in between.
    auto edited = paid("in_edited", 3'000, 0);
    edited.mutable_event_time()->set_seconds(test::kCreateSecond + start);
    running.client.apply({edited});
    CHECK(running.shown("in_edited") == "unknown 0");

    auto asked = fact_event(PaymentFact::SETTLEMENT_ASKED, "asked_in_old", 0, "", start);
    asked.mutable_payment_fact()->set_stripe_invoice_id("in_old");
    CHECK(running.client.apply({asked}).second == std::vector{Outcome::APPLIED});
    CHECK(running.shown("in_old") == "settled 0");
    CHECK(running.shown("in_edited") == "unknown 0");

    auto all = fact_event(PaymentFact::SETTLEMENT_ASKED, "asked_default", 0, "", start + 1);
    all.mutable_payment_fact()->mutable_asked_from()->set_seconds(test::kCreateSecond - kDay);
    CHECK(running.client.apply({all}).second == std::vector{Outcome::APPLIED});
    CHECK(running.shown("in_edited") == "settled 0");
}

TEST_CASE("an answer between the payment's own events leaves nothing unknown") {
    Running running;
    auto answer = paid("in_a", 3'000, 1);
    answer.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
    running.client.apply({answer});
    running.client.apply({payment_event("inpay_a", "in_a", "pi_1", 3'000, "paid", 2)});
    CHECK(running.shown("in_a") == "settled 0");
}

TEST_CASE("an event without a payment costs no statement of payments") {
    test::StoreDatabase database;
    const auto connection = database.connect();
    pqxx::work transaction(*connection);
    const auto event = make_event("evt_1", "open", 1);
    // Nothing is prepared: a statement would fail.
    invoice_store::write_invoice_payments(transaction, {&event});
    CHECK(transaction.exec1("SELECT count(*) FROM invoice_payments")[0].as<int>() == 0);
}

TEST_CASE("the rows of payments merge as the pure function does") {
    test::StoreDatabase database;
    const auto connection = database.connect();
    invoice_store::prepare_payment_rows(*connection);
    test::EventGenerator random(11);
    const std::vector<std::string> statuses{"open", "paid", "canceled", "detached", "of_2030"};
    for (int round = 0; round < 60; ++round) {
        std::vector<invoice_store::StoredPayment> statements;
        const auto id = "inpay_" + std::to_string(round);
        for (int i = 0; i < 5; ++i) {
            auto& known = statements.emplace_back();
            auto& told = known.payment;
            told.set_id(id);
            told.set_stripe_invoice_id("in_a");
            if (random.below(2) == 0) told.set_payment_intent_id("pi_1");
            if (random.below(2) == 0) told.set_charge_id(random.below(2) == 0 ? "ch_1" : "ch_2");
            told.set_amount_paid_minor(static_cast<std::int64_t>(random.below(2)));
            told.set_status(statuses[random.below(statuses.size())]);
            told.set_is_default(random.below(2) == 0);
            if (random.below(2) == 0) told.mutable_paid_time()->set_seconds(static_cast<int>(random.below(9)));
            known.event_time.set_seconds(test::kCreateSecond + static_cast<int>(random.below(3)));
            known.event_id = "evt_" + std::to_string(random.below(9)) + std::to_string(i);
        }
        auto expected = statements[0];
        for (const auto& statement : statements) {
            expected = merge_payments(expected, statement);
            pqxx::work transaction(*connection);
            invoice_store::write_payment_rows(transaction, {"default", false}, {statement});
            if (random.below(3) == 0) invoice_store::write_payment_rows(transaction, {"default", false}, statements);
            transaction.commit();
        }
        for (const auto& statement : statements) expected = merge_payments(expected, statement);
        pqxx::nontransaction session(*connection);
        const auto row = session.exec_params1("SELECT " + std::string(invoice_store::kPaymentColumns) +
                                                  " FROM invoice_payments p WHERE p.payment_id = $1",
                                              id);
        const auto stored = invoice_store::read_payment_row(row, 0);
        CHECK(stored.payment.DebugString() == expected.payment.DebugString());
        CHECK(stored.event_id == expected.event_id);
        CHECK(stored.event_time.seconds() == expected.event_time.seconds());
    }
}

TEST_CASE("every order and duplication of a shared payment's events ends in the same settlements") {
    Running running;
    test::EventGenerator random(5);
    constexpr int kLives = 150;
    std::vector<v1::InvoiceEvent> all;
    std::vector<std::vector<v1::InvoiceEvent>> lives;
    for (int i = 0; i < kLives; ++i) {
        lives.push_back(shared_life("_" + std::to_string(i)));
        auto& life = lives.back();
        const auto again = life[random.below(life.size())];
        life.push_back(again);
        std::shuffle(life.begin(), life.end(), random.random());
    }
    for (std::size_t step = 0; step < lives.front().size(); ++step) {
        std::vector<v1::InvoiceEvent> batch;
        for (const auto& life : lives) batch.push_back(life[step]);
        REQUIRE(running.client.apply(batch).first.ok());
    }
    const auto stored = running.database.settled_invoices();
    REQUIRE(stored.size() == 2 * kLives);
    for (int i = 0; i < kLives; ++i) {
        INFO(i);
        const auto& a = stored.at("in_a_" + std::to_string(i));
        const auto& b = stored.at("in_b_" + std::to_string(i));
        CHECK(a.settlement() == "settled");
        CHECK(a.amount_refunded_minor() == 0);
        CHECK(b.settlement() == "partially_refunded");
        CHECK(b.amount_refunded_minor() == 1'000);
        CHECK(a.update_time().seconds() == test::kCreateSecond + 7);
    }
}
