// Why the last attempt of each invoice failed: which attempt is the last, and whose it is.
#include "invoice_store/settlements/payment_failures.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "invoice_store/settlements/payment_shares.hpp"

using namespace quittance;
using invoice_store::last_failures;
using invoice_store::merge_facts;
using invoice_store::StoredFact;
using invoice_store::StoredPayment;
using v1::PaymentFact;

namespace {

StoredFact failure(const std::string& charge, const std::string& intent, const std::string& code, int second) {
    StoredFact known;
    known.fact.set_kind(PaymentFact::PAYMENT_FAILURE);
    known.fact.set_object_id("failure_of_" + charge);
    known.fact.set_charge_id(charge);
    known.fact.set_payment_intent_id(intent);
    known.fact.set_status("requires_payment_method");
    known.fact.mutable_failure()->set_code(code);
    known.fact.mutable_failure()->mutable_time()->set_seconds(second);
    known.event_time.set_seconds(second);
    known.event_id = "evt_" + charge;
    return known;
}

StoredPayment payment(const std::string& id, const std::string& invoice, const std::string& intent,
                      const std::string& status) {
    StoredPayment known;
    known.payment.set_id(id);
    known.payment.set_stripe_invoice_id(invoice);
    known.payment.set_payment_intent_id(intent);
    known.payment.set_status(status);
    return known;
}

}  // namespace

TEST_CASE("the latest attempt stands, in every order of the facts") {
    std::vector<StoredFact> facts{failure("ch_1", "pi_1", "first", 1), failure("ch_2", "pi_1", "second", 2),
                                  failure("ch_3", "pi_1", "third", 3)};
    const std::vector payments{payment("inpay_1", "in_1", "pi_1", "open")};
    std::sort(facts.begin(), facts.end(), [](const auto& a, const auto& b) { return a.event_id < b.event_id; });
    do {
        const auto found = last_failures(payments, facts);
        REQUIRE(found.size() == 1);
        CHECK(found.at("in_1").error.code() == "third");
        CHECK(found.at("in_1").error.time().seconds() == 3);
    } while (std::next_permutation(facts.begin(), facts.end(),
                                   [](const auto& a, const auto& b) { return a.event_id < b.event_id; }));
}

TEST_CASE("a failure is of each invoice that the payment was to pay") {
    const std::vector payments{
        payment("inpay_1", "in_1", "pi_1", "open"), payment("inpay_2", "in_2", "pi_1", "canceled"),
        payment("inpay_3", "in_3", "pi_1", "detached"), payment("inpay_4", "in_4", "pi_2", "open")};
    const auto found = last_failures(payments, {failure("ch_1", "pi_1", "card_declined", 1)});
    CHECK(found.size() == 2);
    CHECK(found.contains("in_1"));
    CHECK(found.contains("in_2"));
    auto named = failure("ch_9", "", "card_declined", 1);
    CHECK(last_failures(payments, {named}).empty());
    named.fact.set_stripe_invoice_id("in_5");
    CHECK(last_failures({}, {named}).contains("in_5"));
}

TEST_CASE("a failure ends with the payment that the invoice named") {
    auto failed = failure("ch_1", "pi_1", "card_declined", 1);
    const auto of = [&](const std::string& intent) {
        return last_failures({payment("", "in_1", intent, "open")}, {failed});
    };
    CHECK(of("pi_1").contains("in_1"));
    CHECK(of("pi_2").empty());
    failed.fact.set_stripe_invoice_id("in_1");
    CHECK(of("pi_1").contains("in_1"));
    CHECK(of("pi_2").empty());
    CHECK(last_failures({payment("payment_of_pi_1", "in_1", "pi_1", "open")}, {failed}).contains("in_1"));
    CHECK(last_failures({payment("payment_of_pi_1", "in_1", "pi_1", "open"), payment("", "in_1", "pi_2", "open")},
                        {failed})
              .empty());
    CHECK(last_failures({payment("inpay_1", "in_1", "pi_1", "detached")}, {failed}).empty());
}

TEST_CASE("the statement with more detail stands for an attempt, in every order") {
    auto charge = failure("ch_1", "pi_1", "card_declined", 2);
    charge.fact.set_status("failed");
    charge.fact.mutable_failure()->set_decline_code("generic_decline");
    charge.event_id = "evt_z";
    auto intent = failure("ch_1", "pi_1", "card_declined", 1);
    intent.fact.mutable_failure()->set_decline_code("insufficient_funds");
    auto older = charge;
    older.event_time.set_seconds(1);
    older.event_id = "evt_a";
    std::vector facts{charge, intent, older};
    std::vector<std::size_t> order{0, 1, 2};
    do {
        const auto merged = merge_facts(merge_facts(facts[order[0]], facts[order[1]]), facts[order[2]]);
        CHECK(merged.fact.failure().decline_code() == "insufficient_funds");
        CHECK(merged.event_id == "evt_ch_1");
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(merge_facts(older, charge).event_id == "evt_z");
}

TEST_CASE("a failed attempt moves no money") {
    StoredFact refund;
    refund.fact.set_kind(PaymentFact::REFUND);
    refund.fact.set_object_id("re_1");
    refund.fact.set_payment_intent_id("pi_1");
    refund.fact.set_amount_minor(300);
    refund.event_time.set_seconds(5);
    StoredFact charge;
    charge.fact.set_kind(PaymentFact::CHARGE);
    charge.fact.set_object_id("ch_2");
    charge.fact.set_charge_id("ch_2");
    charge.fact.set_payment_intent_id("pi_1");
    charge.fact.set_amount_minor(300);
    charge.event_time.set_seconds(5);
    const std::vector payments{payment("inpay_1", "in_1", "pi_1", "paid")};
    // The failed charge has the smaller id.
    const auto shares = invoice_store::divide(payments, {failure("ch_1", "pi_1", "card_declined", 1), refund, charge});
    CHECK(shares.settlements.at("in_1").amount_refunded_minor == 300);
    CHECK(shares.settlements.at("in_1").failure.code() == "card_declined");
    CHECK(shares.owners.at("failure_of_ch_1") == "in_1");
}

TEST_CASE("only an invoice that waits for its payment shows a failure") {
    for (const auto* status : {"open", "uncollectible", "reversed_in_gold"})
        CHECK(invoice_store::shows_failure(status));
    for (const auto* status : {"paid", "void", "deleted", "draft"}) CHECK_FALSE(invoice_store::shows_failure(status));
}
