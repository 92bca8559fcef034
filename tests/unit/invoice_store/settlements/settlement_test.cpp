// What became of the money: joins of words about one object, sums over the facts of an invoice, and the word for it.
#include "invoice_store/settlements/settlement.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace quittance;
using invoice_store::Settlement;
using invoice_store::settlement_of;
using invoice_store::StoredFact;
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

std::string text_of(const StoredFact& known) {
    return known.fact.DebugString() + known.event_time.DebugString() + known.event_id;
}

}  // namespace

TEST_CASE("refunds are counted once, whether the charge or the refund told of them") {
    CHECK(settlement_of({}).amount_refunded_minor == 0);
    CHECK(settlement_of({charge(500, 1)}).amount_refunded_minor == 500);
    CHECK(settlement_of({refund("re_1", 500, "succeeded", 1)}).amount_refunded_minor == 500);
    CHECK(settlement_of({charge(500, 1), refund("re_1", 500, "succeeded", 1)}).amount_refunded_minor == 500);
    // The charge's next word is still on its way.
    CHECK(settlement_of({charge(500, 1), refund("re_1", 500, "succeeded", 1), refund("re_2", 200, "pending", 2)})
              .amount_refunded_minor == 700);
    // The first refund's own event is not here.
    CHECK(settlement_of({charge(700, 2), refund("re_2", 200, "succeeded", 2)}).amount_refunded_minor == 700);
    CHECK(settlement_of({charge(500, 1), charge(300, 1, "ch_2")}).amount_refunded_minor == 800);
}

TEST_CASE("a refund that failed gives nothing back, also where the charge told of it before") {
    CHECK(settlement_of({refund("re_1", 500, "failed", 3)}).amount_refunded_minor == 0);
    CHECK(settlement_of({charge(500, 1), refund("re_1", 500, "failed", 3)}).amount_refunded_minor == 0);
    CHECK(settlement_of({charge(700, 1), refund("re_1", 500, "canceled", 3)}).amount_refunded_minor == 200);
    // The charge's word is newer than the failure: it knows.
    CHECK(settlement_of({charge(200, 4), refund("re_1", 500, "failed", 3)}).amount_refunded_minor == 200);
}

TEST_CASE("a refund that names its payment intent alone belongs to the charge that names both") {
    auto named = charge(500, 1);
    named.fact.set_payment_intent_id("pi_1");
    auto unnamed = refund("re_1", 500, "succeeded", 1, "");
    unnamed.fact.set_payment_intent_id("pi_1");
    CHECK(settlement_of({named, unnamed}).amount_refunded_minor == 500);
    CHECK(settlement_of({unnamed}).amount_refunded_minor == 500);
}

TEST_CASE("disputes") {
    CHECK(settlement_of({dispute(900, "needs_response")}).dispute_open);
    CHECK(settlement_of({dispute(900, "a_status_of_2030")}).dispute_open);
    CHECK(settlement_of({dispute(900, "under_review")}).amount_disputed_minor == 900);
    CHECK(settlement_of({dispute(900, "lost")}).dispute_lost);
    CHECK(settlement_of({dispute(900, "lost")}).amount_disputed_minor == 900);
    for (const char* over : {"won", "warning_needs_response", "warning_closed"}) {
        const auto settlement = settlement_of({dispute(900, over)});
        CHECK_FALSE(settlement.dispute_open);
        CHECK_FALSE(settlement.dispute_lost);
        CHECK(settlement.amount_disputed_minor == 0);
    }
}

TEST_CASE("the word for what became of the money") {
    struct Case {
        const char* status;
        std::int64_t paid;
        Settlement settlement;
        const char* word;
    };
    const auto example =
        GENERATE(Case{"open", 0, {}, "none"}, Case{"paid", 1'000, {}, "settled"}, Case{"paid", 0, {}, "settled"},
                 Case{"paid", 1'000, {400, 0, false, false, {}}, "partially_refunded"},
                 Case{"paid", 1'000, {1'000, 0, false, false, {}}, "refunded"},
                 Case{"paid", 1'000, {0, 1'000, true, false, {}}, "disputed"},
                 Case{"paid", 1'000, {0, 1'000, false, true, {}}, "charged_back"},
                 Case{"paid", 1'000, {1'000, 1'000, true, true, {}}, "charged_back"},
                 // The refund's event came before that of the payment.
                 Case{"open", 0, {1'000, 0, false, false, {}}, "none"},
                 // Paid in part, and that part given back.
                 Case{"void", 500, {500, 0, false, false, {}}, "refunded"}, Case{"uncollectible", 500, {}, "none"});
    v1::Invoice invoice;
    invoice.set_status(example.status);
    invoice.set_amount_paid_minor(example.paid);
    invoice.set_amount_minor(example.paid);
    CHECK(invoice_store::settlement_word(invoice, example.settlement) == example.word);
}

TEST_CASE("words about one object join to the same in every order") {
    std::vector<StoredFact> words = {refund("re_1", 500, "pending", 1), refund("re_1", 500, "succeeded", 1),
                                     refund("re_1", 500, "failed", 2), refund("re_1", 500, "pending", 2, ""),
                                     refund("re_1", 500, "pending", 0)};
    words[4].fact.set_payment_intent_id("pi_1");
    words[0].event_id = "evt_z";
    std::vector<std::size_t> order = {0, 1, 2, 3, 4};
    std::string expected;
    do {
        auto joined = words[order[0]];
        for (std::size_t i = 1; i < order.size(); ++i) joined = merge_facts(joined, words[order[i]]);
        joined = merge_facts(joined, words[order[0]]);
        if (expected.empty()) expected = text_of(joined);
        REQUIRE(text_of(joined) == expected);
    } while (std::next_permutation(order.begin(), order.end()));
    // The failure is further on than what is pending in the same second, and no name is forgotten.
    CHECK_THAT(expected, Catch::Contains("failed") && Catch::Contains("ch_1") && Catch::Contains("pi_1"));
}
