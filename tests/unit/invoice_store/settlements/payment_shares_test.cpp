// Who gets back how much: sums over charges, refunds and disputes, and their division among the invoices that one
// payment paid.
#include "invoice_store/settlements/payment_shares.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

using namespace quittance;
using invoice_store::divide;
using invoice_store::Settlement;
using invoice_store::StoredFact;
using invoice_store::StoredPayment;
using v1::PaymentFact;

namespace {

StoredFact fact(PaymentFact::Kind kind, const std::string& object, std::int64_t amount, const std::string& status,
                int second, const std::string& charge = "ch_1") {
    StoredFact known;
    known.fact.set_kind(kind);
    known.fact.set_object_id(object);
    known.fact.set_amount_minor(amount);
    known.fact.set_status(status);
    known.fact.set_charge_id(charge);
    known.event_time.set_seconds(second);
    known.event_id = "evt_" + object + "_" + std::to_string(second);
    return known;
}

StoredFact charge(std::int64_t refunded, int second, const std::string& name = "ch_1") {
    return fact(PaymentFact::CHARGE, name, refunded, "succeeded", second, name);
}

StoredFact refund(const std::string& object, std::int64_t amount, const std::string& status, int second,
                  const std::string& of = "ch_1") {
    return fact(PaymentFact::REFUND, object, amount, status, second, of);
}

StoredFact dispute(std::int64_t amount, const std::string& status) {
    return fact(PaymentFact::DISPUTE, "dp_1", amount, status, 5);
}

struct Part {
    std::string refund;  // empty: a payment record's
    std::int64_t amount = 0;
};

StoredFact credit_note(const std::string& object, const std::string& invoice, const std::vector<Part>& parts,
                       std::int64_t out_of_band = 0) {
    auto known = fact(PaymentFact::CREDIT_NOTE, object, 0, "issued", 6, "");
    known.fact.set_stripe_invoice_id(invoice);
    known.fact.set_out_of_band_minor(out_of_band);
    for (const auto& [refund, amount] : parts) {
        auto& part = *known.fact.add_refunds();
        part.set_type(refund.empty() ? "payment_record_refund" : "refund");
        part.set_refund_id(refund);
        part.set_amount_minor(amount);
    }
    return known;
}

StoredPayment payment(const std::string& invoice, std::int64_t amount, const std::string& status = "paid",
                      const std::string& of = "ch_1") {
    StoredPayment known;
    known.payment.set_id("inpay_" + invoice + "_" + of);
    known.payment.set_stripe_invoice_id(invoice);
    known.payment.set_charge_id(of);
    known.payment.set_amount_paid_minor(amount);
    known.payment.set_status(status);
    known.event_time.set_seconds(1);
    return known;
}

// What an invoice that was paid 3000 names.
StoredPayment named(const std::string& invoice, const std::string& of = "ch_1") {
    auto known = payment(invoice, 3'000, "paid", of);
    known.payment.clear_id();
    return known;
}

// Of one invoice that all these charges paid.
Settlement settlement_of(const std::vector<StoredFact>& facts) {
    std::vector<StoredPayment> payments;
    for (const auto& known : facts) {
        payments.push_back(payment("in_1", 0, "paid", known.fact.charge_id()));
        payments.back().payment.set_payment_intent_id(known.fact.payment_intent_id());
        payments.back().payment.set_id("inpay_" + known.fact.object_id());
    }
    return divide(payments, facts).settlements["in_1"];
}

std::int64_t refunded(const std::vector<StoredFact>& facts) {
    return settlement_of(facts).amount_refunded_minor;
}

// One charge paid 3000 of in_a and 2000 of in_b.
std::vector<StoredPayment> shared() {
    return {payment("in_a", 3'000), payment("in_b", 2'000)};
}

// What the two show, as "3000 2000", with a question mark where the share is not known.
std::string shares(const std::vector<StoredPayment>& payments, const std::vector<StoredFact>& facts) {
    auto divided = divide(payments, facts).settlements;
    const auto text = [&](const char* invoice) {
        const auto& settlement = divided[invoice];
        return std::to_string(settlement.amount_refunded_minor) + (settlement.share_unknown ? "?" : "");
    };
    return text("in_a") + " " + text("in_b");
}

}  // namespace

TEST_CASE("refunds are counted once, whether the charge or the refund told of them") {
    CHECK(refunded({}) == 0);
    CHECK(refunded({charge(500, 1)}) == 500);
    CHECK(refunded({refund("re_1", 500, "succeeded", 1)}) == 500);
    CHECK(refunded({charge(500, 1), refund("re_1", 500, "succeeded", 1)}) == 500);
    // The charge's next word is still on its way.
    CHECK(refunded({charge(500, 1), refund("re_1", 500, "succeeded", 1), refund("re_2", 200, "pending", 2)}) == 700);
    // The first refund's own event is not here.
    CHECK(refunded({charge(700, 2), refund("re_2", 200, "succeeded", 2)}) == 700);
    CHECK(refunded({charge(500, 1), charge(300, 1, "ch_2")}) == 800);
}

TEST_CASE("a refund that failed gives nothing back, also where the charge told of it before or in the same second") {
    CHECK(refunded({refund("re_1", 500, "failed", 3)}) == 0);
    CHECK(refunded({charge(500, 1), refund("re_1", 500, "failed", 3)}) == 0);
    CHECK(refunded({charge(500, 3), refund("re_1", 500, "failed", 3)}) == 0);
    CHECK(refunded({charge(700, 1), refund("re_1", 500, "canceled", 3)}) == 200);
    CHECK(refunded({charge(700, 3), refund("re_1", 500, "failed", 3), refund("re_2", 200, "succeeded", 3)}) == 200);
    // The charge's word is newer than the failure: it knows.
    CHECK(refunded({charge(200, 4), refund("re_1", 500, "failed", 3)}) == 200);
}

TEST_CASE("a refund that names its payment intent alone belongs to the charge that names both") {
    auto named = charge(500, 1);
    named.fact.set_payment_intent_id("pi_1");
    auto unnamed = refund("re_1", 500, "succeeded", 1, "");
    unnamed.fact.set_payment_intent_id("pi_1");
    CHECK(refunded({named, unnamed}) == 500);
    CHECK(refunded({unnamed}) == 500);
}

TEST_CASE("disputes move money while they are open and once they are lost, until an appeal is won") {
    CHECK(settlement_of({dispute(900, "needs_response")}).dispute_open);
    CHECK(settlement_of({dispute(900, "a_status_of_2030")}).dispute_open);
    CHECK(settlement_of({dispute(900, "under_review")}).amount_disputed_minor == 900);
    for (const char* gone : {"lost", "appeal_needs_response", "appeal_under_review"}) {
        INFO(gone);
        const auto settlement = settlement_of({dispute(900, gone)});
        CHECK(settlement.dispute_lost);
        CHECK_FALSE(settlement.dispute_open);
        CHECK(settlement.amount_disputed_minor == 900);
    }
    for (const char* over : {"won", "prevented", "warning_needs_response", "warning_under_review", "warning_closed"}) {
        INFO(over);
        const auto settlement = settlement_of({dispute(900, over)});
        CHECK_FALSE(settlement.dispute_open);
        CHECK_FALSE(settlement.dispute_lost);
        CHECK(settlement.amount_disputed_minor == 0);
    }
}

TEST_CASE("a whole refund or dispute of a shared payment gives each invoice its own part") {
    CHECK(shares(shared(), {refund("re_1", 5'000, "succeeded", 2)}) == "3000 2000");
    CHECK(shares(shared(), {charge(5'000, 2)}) == "3000 2000");
    CHECK(shares(shared(), {charge(6'000, 2)}) == "3000 2000");
    const std::vector<StoredFact> lost{dispute(5'000, "lost")};
    auto divided = divide(shared(), lost).settlements;
    CHECK(divided["in_a"].amount_disputed_minor == 3'000);
    CHECK(divided["in_b"].amount_disputed_minor == 2'000);
    CHECK(divided["in_a"].dispute_lost);
    CHECK(divided["in_b"].dispute_lost);
}

TEST_CASE("of a partial refund or dispute of a shared payment the shares are unknown, but for what is certain") {
    CHECK(shares(shared(), {refund("re_1", 1'000, "succeeded", 2)}) == "0? 0?");
    CHECK(shares(shared(), {refund("re_1", 4'000, "succeeded", 2)}) == "2000? 1000?");
    CHECK(shares(shared(), {}) == "0 0");
    const auto divided = divide(shared(), {dispute(1'000, "lost")}).settlements;
    CHECK(divided.at("in_a").share_unknown);
    CHECK_FALSE(divided.at("in_a").dispute_lost);
    CHECK(divided.at("in_a").amount_disputed_minor == 0);
    // Nobody told how much the payment paid.
    CHECK(shares({payment("in_a", 0), payment("in_b", 2'000)}, {refund("re_1", 2'000, "succeeded", 2)}) == "0? 0?");
}

TEST_CASE("credit notes tell whose a partial refund is") {
    const auto part = refund("re_1", 1'000, "succeeded", 2);
    CHECK(shares(shared(), {part, credit_note("cn_1", "in_b", {{"re_1", 1'000}})}) == "0 1000");
    CHECK(shares(shared(), {part, credit_note("cn_1", "in_b", {{"re_1", 600}})}) == "0? 600?");
    CHECK(shares(shared(), {part, credit_note("cn_1", "in_b", {{"re_1", 600}}),
                            credit_note("cn_2", "in_a", {{"re_1", 400}})}) == "400 600");
    // The older shape names the refund without an amount.
    CHECK(shares(shared(), {part, credit_note("cn_1", "in_a", {{"re_1", 0}})}) == "1000 0");
    // in_b got everything back, so the rest is in_a's.
    CHECK(shares(shared(), {refund("re_1", 2'500, "succeeded", 2), credit_note("cn_1", "in_b", {{"re_1", 2'000}})}) ==
          "500 2000");
    // Only the charge told of the refund.
    CHECK(shares(shared(), {charge(1'000, 2), credit_note("cn_1", "in_b", {{"re_1", 1'000}})}) == "0 1000");
}

TEST_CASE("a credit note's refund is counted once, whoever tells of it") {
    const auto paid = std::vector{payment("in_a", 3'000)};
    const auto note = credit_note("cn_1", "in_a", {{"re_1", 1'000}});
    CHECK(shares(paid, {note}) == "1000 0");
    CHECK(shares(paid, {note, refund("re_1", 1'000, "succeeded", 2)}) == "1000 0");
    CHECK(shares(paid, {note, charge(1'000, 2)}) == "1000 0");
    CHECK(shares(paid, {note, charge(1'000, 2), refund("re_1", 1'000, "succeeded", 2)}) == "1000 0");
    CHECK(shares(paid, {note, charge(1'700, 2), refund("re_2", 700, "succeeded", 2)}) == "1700 0");
    CHECK(shares(paid, {note, refund("re_2", 700, "succeeded", 2)}) == "1700 0");
    CHECK(shares(paid, {note, refund("re_1", 1'000, "failed", 7)}) == "0 0");
    // The payment of the refund is not known yet.
    CHECK(shares(paid, {note, refund("re_1", 1'000, "succeeded", 2, "ch_unknown")}) == "1000 0");
    // A payment of another invoice alone: what the credit note claims is not that invoice's.
    CHECK(shares({payment("in_b", 2'000)}, {note, refund("re_1", 1'500, "succeeded", 2)}) == "1000 500");
    auto voided = note;
    voided.fact.set_status("void");
    CHECK(shares(paid, {voided}) == "0 0");
}

TEST_CASE("what went back through a payment record or out of band is told by credit notes alone") {
    const auto paid = std::vector{payment("in_a", 3'000)};
    CHECK(shares(paid, {credit_note("cn_1", "in_a", {{"", 1'500}})}) == "1500 0");
    CHECK(shares(paid, {credit_note("cn_1", "in_a", {}, 400)}) == "400 0");
    CHECK(shares(paid, {credit_note("cn_1", "in_a", {{"", 100}, {"re_1", 200}}, 400),
                        refund("re_1", 200, "succeeded", 2)}) == "700 0");
}

TEST_CASE("a cancelled or detached payment ties nothing") {
    const auto whole = refund("re_1", 2'000, "succeeded", 2);
    for (const char* over : {"canceled", "detached"}) {
        CHECK(shares({payment("in_a", 3'000, over), payment("in_b", 2'000)}, {whole}) == "0 2000");
        CHECK(shares({payment("in_a", 3'000, over)}, {whole, dispute(900, "lost")}) == "0 0");
    }
    // Even where an older fact names the invoice.
    auto named = charge(2'000, 2);
    named.fact.set_stripe_invoice_id("in_a");
    CHECK(shares({payment("in_a", 3'000, "detached")}, {named}) == "0 0");
    CHECK(shares({}, {named}) == "2000 0");
    // One that is open beside a paid one paid nothing.
    CHECK(shares({payment("in_a", 0, "open"), payment("in_b", 2'000)}, {whole}) == "0 2000");
    CHECK(shares({payment("in_a", 0, "open")}, {whole}) == "2000 0");
}

TEST_CASE("a payment that an invoice names counts until Stripe tells of the payment itself") {
    const auto whole = refund("re_1", 3'000, "succeeded", 2);
    CHECK(shares({named("in_a")}, {whole}) == "3000 0");
    CHECK(shares({named("in_a"), payment("in_a", 3'000)}, {whole}) == "3000 0");
    CHECK(shares({named("in_a"), payment("in_a", 3'000, "detached")}, {whole}) == "0 0");
    CHECK(shares({named("in_a"), payment("in_b", 2'000)}, {refund("re_1", 5'000, "succeeded", 2)}) == "3000 2000");
}

TEST_CASE("a charge that names its invoice, or a link, counts unless the invoice names another payment") {
    auto charge_of_a = charge(3'000, 2);
    charge_of_a.fact.set_stripe_invoice_id("in_a");
    auto link = payment("in_a", 0);
    link.payment.set_id("payment_of_ch_1");
    const std::vector<StoredFact> linked{refund("re_1", 3'000, "succeeded", 2)};
    for (const auto& [payments, facts] : {std::pair(std::vector<StoredPayment>(), std::vector<StoredFact>{charge_of_a}),
                                          std::pair(std::vector{link}, linked)}) {
        const auto with = [&, &told = payments](const StoredPayment& one) {
            auto all = told;
            all.push_back(one);
            return all;
        };
        CHECK(shares(payments, facts) == "3000 0");
        CHECK(shares(with(named("in_a")), facts) == "3000 0");
        CHECK(shares(with(named("in_a", "ch_2")), facts) == "0 0");
        // What another invoice names does not matter.
        CHECK(shares(with(named("in_b", "ch_2")), facts) == "3000 0");
        CHECK(shares(with(payment("in_a", 3'000, "detached")), facts) == "0 0");
        // Stripe's own payment outranks what the invoice names: it has two.
        auto two = with(named("in_a", "ch_2"));
        two.push_back(payment("in_a", 3'000));
        CHECK(shares(two, facts) == "3000 0");
        // The owner stays, so that the history of the invoice shows the refund.
        const auto owners = divide(with(named("in_a", "ch_2")), facts).owners;
        CHECK(owners.begin()->second == "in_a");
    }
    // A dispute that names nothing but its invoice is of no payment that could end.
    auto alone = dispute(900, "lost");
    alone.fact.clear_charge_id();
    alone.fact.set_stripe_invoice_id("in_a");
    CHECK(divide({named("in_a", "ch_2")}, {alone}).settlements.at("in_a").dispute_lost);
}

TEST_CASE("a refund of a shared charge stays with the invoice that still names it") {
    const auto whole = refund("re_1", 5'000, "succeeded", 2);
    CHECK(shares({named("in_a"), named("in_b")}, {refund("re_1", 6'000, "succeeded", 2)}) == "3000 3000");
    CHECK(shares({named("in_a"), named("in_b", "ch_2")}, {whole}) == "3000 0");
}

TEST_CASE("an invoice with several payments gets back what each of them gives") {
    const std::vector<StoredPayment> payments{payment("in_a", 1'000), payment("in_a", 2'000, "paid", "ch_2"),
                                              payment("in_b", 500, "paid", "ch_2")};
    CHECK(shares(payments, {refund("re_1", 1'000, "succeeded", 2)}) == "1000 0");
    CHECK(shares(payments, {refund("re_1", 1'000, "succeeded", 2), refund("re_2", 2'500, "succeeded", 2, "ch_2")}) ==
          "3000 500");
}

TEST_CASE("a dispute in another currency is whole for a single payer and unknown for several") {
    auto paid = payment("in_a", 3'000);
    paid.payment.set_currency("eur");
    auto foreign = dispute(3'400, "lost");
    foreign.fact.set_currency("usd");
    CHECK(divide({paid}, {foreign}).settlements.at("in_a").dispute_lost);
    auto other = payment("in_b", 100);
    CHECK(divide({paid, other}, {foreign}).settlements.at("in_a").share_unknown);
}

TEST_CASE("each fact has an invoice that the payments or the fact itself name") {
    const auto owner = [](const std::vector<StoredPayment>& payments, const StoredFact& known) {
        return divide(payments, {known}).owners.at(known.fact.object_id());
    };
    CHECK(owner({}, refund("re_1", 1, "succeeded", 2)).empty());
    CHECK(owner(shared(), refund("re_1", 1, "succeeded", 2)) == "in_a");
    CHECK(owner({payment("in_b", 1, "canceled")}, refund("re_1", 1, "succeeded", 2)) == "in_b");
    CHECK(owner({}, credit_note("cn_1", "in_c", {})) == "in_c");
}

TEST_CASE("no division gives back more than was paid, and no order of its parts changes it") {
    std::mt19937 random(7);
    const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
    for (int round = 0; round < 2'000; ++round) {
        std::vector<StoredPayment> payments;
        std::map<std::string, std::int64_t> paid;
        for (const char* invoice : {"in_a", "in_b", "in_c"})
            for (const char* of : {"ch_1", "ch_2"}) {
                const auto amount = 1 + below(5);
                if (below(2) == 0) continue;
                payments.push_back(payment(invoice, amount, "paid", of));
                paid[invoice] += amount;
            }
        std::vector<StoredFact> facts;
        for (int i = 0; i < 4; ++i) {
            const std::string of = below(2) == 0 ? "ch_1" : "ch_2";
            facts.push_back(
                refund("re_" + std::to_string(i), 1 + below(4), below(4) == 0 ? "failed" : "succeeded", below(3), of));
        }
        if (below(2) == 0) facts.push_back(charge(below(9), below(3)));
        auto share = divide(payments, facts).settlements;
        std::int64_t back = 0;
        for (const auto& [invoice, settlement] : share) {
            CHECK(settlement.amount_refunded_minor <= paid[invoice]);
            back += settlement.amount_refunded_minor;
        }
        std::int64_t whole = 0;
        for (const char* of : {"ch_1", "ch_2"}) {
            std::vector<StoredFact> own;
            for (const auto& known : facts)
                if (known.fact.charge_id() == of) own.push_back(known);
            whole += refunded(own);
        }
        CHECK(back <= whole);
        std::shuffle(payments.begin(), payments.end(), random);
        std::shuffle(facts.begin(), facts.end(), random);
        for (const auto& [invoice, settlement] : divide(payments, facts).settlements) {
            CHECK(settlement.amount_refunded_minor == share[invoice].amount_refunded_minor);
            CHECK(settlement.share_unknown == share[invoice].share_unknown);
        }
    }
}
