// What is stored of one object after several statements of it: the same in every order, and what an event tells of
// payments.
#include "invoice_store/settlements/payment_merge.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using invoice_store::payments_in;
using invoice_store::StoredFact;
using invoice_store::StoredPayment;
using v1::PaymentFact;

namespace {

StoredFact refund(std::int64_t amount, const std::string& status, int second, const std::string& charge = "ch_1") {
    StoredFact known;
    known.fact.set_kind(PaymentFact::REFUND);
    known.fact.set_object_id("re_1");
    known.fact.set_amount_minor(amount);
    known.fact.set_status(status);
    known.fact.set_charge_id(charge);
    known.event_time.set_seconds(second);
    known.event_id = "evt_" + status + "_" + std::to_string(second);
    return known;
}

StoredPayment payment(std::int64_t amount, const std::string& status, int second) {
    StoredPayment known;
    known.payment.set_id("inpay_1");
    known.payment.set_stripe_invoice_id("in_1");
    known.payment.set_amount_paid_minor(amount);
    known.payment.set_status(status);
    known.event_time.set_seconds(second);
    known.event_id = "evt_" + status + "_" + std::to_string(second);
    return known;
}

std::string text_of(const StoredFact& known) {
    return known.fact.DebugString() + known.event_time.DebugString() + known.event_id;
}

std::string text_of(const StoredPayment& known) {
    return known.payment.DebugString() + known.event_time.DebugString() + known.event_id;
}

// The state that all orders of the statements end in, each statement once and the first one twice.
template <class State, class Merge>
std::string end_of(const std::vector<State>& statements, Merge merge) {
    std::vector<std::size_t> order(statements.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::string expected;
    do {
        auto joined = statements[order[0]];
        for (std::size_t i = 1; i < order.size(); ++i) joined = merge(joined, statements[order[i]]);
        joined = merge(joined, statements[order[0]]);
        if (expected.empty()) expected = text_of(joined);
        REQUIRE(text_of(joined) == expected);
    } while (std::next_permutation(order.begin(), order.end()));
    return expected;
}

std::string last_status(const std::string& earlier, const std::string& later) {
    return invoice_store::merge_facts(refund(1, earlier, 1), refund(1, later, 1)).fact.status();
}

}  // namespace

TEST_CASE("statements about one fact merge to the same in every order") {
    std::vector<StoredFact> words = {refund(500, "pending", 1), refund(500, "succeeded", 1), refund(500, "failed", 2),
                                     refund(500, "pending", 2, ""), refund(500, "pending", 0)};
    words[4].fact.set_payment_intent_id("pi_1");
    words[0].event_id = "evt_z";
    const auto end = end_of(words, invoice_store::merge_facts);
    // The failure is further on than what is pending in the same second, and no name is forgotten.
    CHECK_THAT(end, Catch::Contains("failed") && Catch::Contains("ch_1") && Catch::Contains("pi_1"));
}

TEST_CASE("within a second the status that comes later in the life of a dispute stands") {
    const std::vector<std::string> life = {"needs_response",        "under_review",        "lost",
                                           "appeal_needs_response", "appeal_under_review", "won"};
    for (std::size_t i = 0; i < life.size(); ++i)
        for (std::size_t j = i + 1; j < life.size(); ++j) {
            INFO(life[i] << " and " << life[j]);
            CHECK(last_status(life[i], life[j]) == life[j]);
            CHECK(last_status(life[j], life[i]) == life[j]);
        }
}

TEST_CASE("a fraction of a second decides nothing") {
    auto answer = refund(500, "pending", 1);
    answer.event_time.set_nanos(900'000'000);
    CHECK(invoice_store::merge_facts(answer, refund(500, "failed", 1)).fact.status() == "failed");
}

TEST_CASE("statements about one payment merge to the same in every order") {
    std::vector<StoredPayment> words = {payment(0, "open", 1), payment(3'300, "paid", 1), payment(3'300, "paid", 2),
                                        payment(0, "canceled", 2), payment(0, "open", 2)};
    words[1].payment.set_charge_id("ch_1");
    words[4].payment.set_payment_intent_id("pi_1");
    const auto end = end_of(words, invoice_store::merge_payments);
    CHECK_THAT(end, Catch::Contains("canceled") && Catch::Contains("ch_1") && Catch::Contains("pi_1"));
    // A later second takes a payment back, and pays it anew.
    words.push_back(payment(3'300, "detached", 3));
    CHECK_THAT(end_of(words, invoice_store::merge_payments), Catch::Contains("detached"));
    words.push_back(payment(3'300, "paid", 4));
    CHECK_THAT(end_of(words, invoice_store::merge_payments), Catch::Contains("paid"));
}

TEST_CASE("an invoice lists its payments, or names one without an id") {
    auto event = test::make_event("evt_1", "paid", 7, "in_1");
    auto& invoice = *event.mutable_invoice();
    CHECK_FALSE(invoice_store::names_payment(invoice));
    invoice.set_amount_paid_minor(3'300);
    invoice.set_charge_id("ch_1");
    CHECK(invoice_store::names_payment(invoice));
    CHECK(payments_in(event).empty());
    const auto named = invoice_store::named_payment_of(invoice);
    CHECK(named.id().empty());
    CHECK(named.stripe_invoice_id() == "in_1");
    CHECK(named.charge_id() == "ch_1");
    CHECK(named.status() == "paid");
    CHECK(named.amount_paid_minor() == 3'300);
    // The payment intent did not get what was paid out of band.
    invoice.set_paid_out_of_band(true);
    CHECK(invoice_store::named_payment_of(invoice).status() == "open");
    CHECK(invoice_store::named_payment_of(invoice).amount_paid_minor() == 0);

    for (const char* listed : {"inpay_1", "inpay_2"}) invoice.add_payments()->set_id(listed);
    REQUIRE(payments_in(event).size() == 2);
    CHECK(payments_in(event).front().payment.id() == "inpay_1");
    CHECK_FALSE(invoice_store::is_link(payments_in(event).front().payment));
    CHECK(payments_in(event).front().event_time.seconds() == test::kCreateSecond + 7);
}

TEST_CASE("a fact about a payment is that payment, whichever version read it") {
    v1::InvoiceEvent event;
    event.set_event_id("evt_1");
    auto& fact = *event.mutable_payment_fact();
    fact.set_kind(PaymentFact::INVOICE_PAYMENT);
    fact.set_object_id("inpay_1");
    fact.set_stripe_invoice_id("in_1");
    fact.set_payment_intent_id("pi_1");
    fact.set_amount_minor(300);
    fact.set_status("paid");
    const auto old = payments_in(event).front().payment;
    CHECK(old.id() == "inpay_1");
    CHECK(old.amount_paid_minor() == 300);
    CHECK(old.status() == "paid");
    *fact.mutable_payment() = old;
    fact.mutable_payment()->set_is_default(true);
    CHECK(payments_in(event).front().payment.is_default());
    fact.set_kind(PaymentFact::REFUND);
    CHECK(payments_in(event).empty());
}
