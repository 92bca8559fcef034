// The merge, case by case.
#include "invoice_store/invoices/merge.hpp"

#include <catch2/catch.hpp>

#include "invoice_store/invoices/snapshot.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using invoice_store::merge;
using invoice_store::snapshot_of;
using test::make_event;

namespace {

v1::Invoice snapshot(const std::string& event_id, const std::string& status, std::int64_t second,
                     std::int64_t total = 0) {
    auto event = make_event(event_id, status, second);
    event.mutable_invoice()->set_total_minor(total);
    return snapshot_of(event);
}

}  // namespace

TEST_CASE("the first event makes the row") {
    const auto made = snapshot("evt_1", "draft", 0);
    CHECK(merge(std::nullopt, made).SerializeAsString() == made.SerializeAsString());
}

TEST_CASE("what cannot be undone comes first, whenever its event was made") {
    struct Case {
        const char* row;
        const char* event;
        const char* result;
    };
    const auto order = GENERATE(Case{"draft", "open", "open"}, Case{"open", "draft", "open"},
                                Case{"paid", "draft", "paid"}, Case{"deleted", "draft", "deleted"},
                                Case{"draft", "deleted", "deleted"}, Case{"deleted", "open", "open"},
                                Case{"paid", "deleted", "paid"}, Case{"draft", "status_of_2030", "status_of_2030"});
    // The event is the later one of the two, and the earlier one: the stage comes before time.
    for (const int second : {10, 0}) {
        const auto merged = merge(snapshot("evt_a", order.row, 5), snapshot("evt_b", order.event, second));
        CHECK(merged.status() == order.result);
        CHECK_FALSE(merged.provenance().refetch_needed());
    }
}

TEST_CASE("among finalised statuses the later second stands") {
    struct Case {
        const char* earlier;
        const char* later;
        bool takes_back;
    };
    const auto pair =
        GENERATE(Case{"open", "paid", false}, Case{"open", "uncollectible", false},
                 Case{"uncollectible", "paid", false}, Case{"paid", "open", true}, Case{"void", "open", true},
                 Case{"paid", "uncollectible", true}, Case{"uncollectible", "open", true}, Case{"paid", "void", false},
                 Case{"paid", "status_of_2030", true}, Case{"status_of_2030", "paid", false});
    const auto earlier = snapshot("evt_z", pair.earlier, 5);
    const auto later = snapshot("evt_a", pair.later, 6);
    for (const auto& merged : {merge(earlier, later), merge(later, earlier)}) {
        CHECK(merged.status() == pair.later);
        CHECK(merged.provenance().refetch_needed() == pair.takes_back);
    }
}

TEST_CASE("within a second the further status stands, and different contents are a doubt") {
    const auto open = snapshot("evt_z", "open", 5);
    const auto paid = snapshot("evt_a", "paid", 5);
    for (const auto& merged : {merge(open, paid), merge(paid, open)}) {
        CHECK(merged.status() == "paid");
        CHECK(merged.provenance().refetch_needed());
    }
}

TEST_CASE("the step that finalised an invoice precedes everything else of its second") {
    auto event = make_event("evt_z", "open", 5);
    event.set_type("invoice.finalized");
    event.set_begins_stage(true);
    const auto finalised = snapshot_of(event);
    for (const auto* status : {"open", "uncollectible", "paid", "void"}) {
        const auto next = snapshot("evt_a", status, 5, 7);
        for (const auto& merged : {merge(finalised, next), merge(next, finalised)}) {
            CHECK(merged.status() == status);
            CHECK(merged.total_minor() == 7);
            CHECK_FALSE(merged.provenance().refetch_needed());
        }
    }
}

TEST_CASE("a status that was taken back stays in doubt until Stripe answers") {
    const auto paid = snapshot("evt_1", "paid", 10, 100);
    const auto reopened = snapshot("evt_2", "open", 20, 100);
    const auto answer = [](const char* status, std::int64_t second) {
        auto event = make_event(std::string("refetch_") + status + std::to_string(second), status, second);
        event.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
        event.mutable_event_time()->set_nanos(500'000'000);
        event.mutable_invoice()->set_total_minor(100);
        return snapshot_of(event);
    };
    const auto doubtful = merge(paid, reopened);
    REQUIRE(doubtful.status() == "open");
    REQUIRE(doubtful.provenance().refetch_needed());

    SECTION("an answer confirms it") {
        const auto merged = merge(doubtful, answer("open", 21));
        CHECK(merged.status() == "open");
        CHECK_FALSE(merged.provenance().refetch_needed());
    }
    SECTION("or corrects it") {
        const auto merged = merge(doubtful, answer("paid", 21));
        CHECK(merged.status() == "paid");
        CHECK_FALSE(merged.provenance().refetch_needed());
    }
    SECTION("an answer that came before the later statement confirms it too, if it is later than the furthest status") {
        for (const auto& merged :
             {merge(doubtful, answer("open", 15)), merge(merge(answer("open", 15), reopened), paid)}) {
            CHECK(merged.status() == "open");
            CHECK_FALSE(merged.provenance().refetch_needed());
        }
    }
    SECTION("an answer of the second of the furthest status decides nothing") {
        CHECK(merge(doubtful, answer("paid", 10)).provenance().refetch_needed());
    }
    SECTION("an invoice that is paid again is in no doubt") {
        const auto merged = merge(doubtful, snapshot("evt_3", "paid", 30, 100));
        CHECK(merged.status() == "paid");
        CHECK_FALSE(merged.provenance().refetch_needed());
    }
}

TEST_CASE("an answer stands above every event of an earlier second") {
    auto event = make_event("refetch_1", "open", 6);
    event.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
    const auto answer = snapshot_of(event);
    for (const auto* status : {"open", "uncollectible", "paid", "void"}) {
        const auto earlier = snapshot("evt_9", status, 5);
        for (const auto& merged : {merge(earlier, answer), merge(answer, earlier)}) {
            CHECK(merged.status() == "open");
            CHECK_FALSE(merged.provenance().refetch_needed());
        }
    }
}

TEST_CASE("within a stage the later event wins") {
    const auto early = snapshot("evt_z", "open", 1, 100);
    const auto late = snapshot("evt_a", "open", 2, 200);
    CHECK(merge(early, late).total_minor() == 200);
    CHECK(merge(late, early).total_minor() == 200);
}

TEST_CASE("the same content in the same second is no conflict") {
    const auto merged = merge(snapshot("evt_1", "paid", 1, 100), snapshot("evt_2", "paid", 1, 100));
    CHECK_FALSE(merged.provenance().refetch_needed());
    CHECK(merged.provenance().event_id() == "evt_2");
}

TEST_CASE("two contents in the same second: the greater id stands, and the row asks for a refetch") {
    const auto one = snapshot("evt_1", "open", 1, 100);
    const auto two = snapshot("evt_2", "open", 1, 200);
    for (const auto& merged : {merge(one, two), merge(two, one)}) {
        CHECK(merged.total_minor() == 200);
        CHECK(merged.provenance().refetch_needed());
    }
    // What says the same as the one that lost does not take the mark away.
    CHECK(merge(merge(one, two), snapshot("evt_3", "open", 1, 100)).provenance().refetch_needed());

    SECTION("an answer of Stripe's in a later second clears the mark") {
        auto answer = make_event("refetch_1", "open", 2);
        answer.mutable_event_time()->set_nanos(500'000'000);
        answer.mutable_invoice()->set_total_minor(100);
        const auto merged = merge(merge(one, two), snapshot_of(answer));
        CHECK(merged.total_minor() == 100);
        CHECK_FALSE(merged.provenance().refetch_needed());
        // What comes late is stale and opens nothing again.
        CHECK_FALSE(merge(merged, snapshot("evt_9", "open", 1, 900)).provenance().refetch_needed());
    }
    SECTION("an answer of the same second settles nothing: it may be older than one of the two") {
        auto answer = make_event("refetch_1", "open", 1);
        answer.mutable_event_time()->set_nanos(500'000'000);
        answer.mutable_invoice()->set_total_minor(100);
        for (const auto& merged :
             {merge(merge(one, two), snapshot_of(answer)), merge(merge(one, snapshot_of(answer)), two)})
            CHECK(merged.provenance().refetch_needed());
        CHECK_FALSE(merge(one, snapshot_of(answer)).provenance().refetch_needed());
    }
    SECTION("a later event settles it too") {
        CHECK_FALSE(merge(merge(one, two), snapshot("evt_0", "paid", 2)).provenance().refetch_needed());
    }
}

TEST_CASE("a deleted draft stays deleted") {
    const auto merged = merge(snapshot("evt_1", "deleted", 1), snapshot("evt_2", "draft", 100));
    CHECK(merged.status() == "deleted");
    CHECK(merged.update_time().seconds() == test::kCreateSecond + 100);
}

TEST_CASE("the number of attempts follows the statement that stands, the time of the last attempt is the greatest") {
    auto failed = make_event("evt_1", "open", 5);
    failed.mutable_invoice()->set_attempt_count(3);
    failed.mutable_invoice()->mutable_last_payment_attempt_time()->set_seconds(50);
    auto paid = make_event("evt_2", "paid", 9);
    paid.mutable_invoice()->set_attempt_count(1);
    for (const auto& merged :
         {merge(snapshot_of(failed), snapshot_of(paid)), merge(snapshot_of(paid), snapshot_of(failed))}) {
        CHECK(merged.status() == "paid");
        CHECK(merged.attempt_count() == 1);
        CHECK(merged.last_payment_attempt_time().seconds() == 50);
        CHECK(merged.provenance().event_id() == "evt_2");
    }
}

TEST_CASE("a statement without an attempt has no time of one") {
    auto event = make_event("evt_1", "paid", 5);
    event.mutable_invoice()->mutable_last_payment_attempt_time()->set_seconds(50);
    CHECK_FALSE(snapshot_of(event).has_last_payment_attempt_time());
}

TEST_CASE("the payment of the latest second that names one stands, whoever else stands") {
    const auto naming = [](const std::string& id, std::int64_t second, const std::string& intent,
                           const std::string& charge) {
        auto event = make_event(id, "paid", second);
        event.mutable_invoice()->set_payment_intent_id(intent);
        event.mutable_invoice()->set_charge_id(charge);
        return snapshot_of(event);
    };
    const auto first = naming("evt_9", 1, "pi_9", "ch_9");
    const auto second = naming("evt_8", 3, "pi_8", "");
    const auto silent = naming("evt_7", 5, "", "");
    for (const auto& merged : {merge(merge(first, second), silent), merge(merge(first, silent), second),
                               merge(second, merge(silent, first))}) {
        CHECK(merged.provenance().event_id() == "evt_7");
        CHECK(merged.payment_intent_id() == "pi_8");
        CHECK(merged.charge_id().empty());
    }
    CHECK(merge(first, silent).payment_intent_id() == "pi_9");
    CHECK(merge(merge(first, silent), naming("evt_6", 7, "pi_6", "ch_6")).payments().empty());
}

TEST_CASE("what became of an event") {
    using Outcome = v1::EventOutcome;
    const auto low = snapshot("evt_1", "open", 1).provenance();
    const auto high = snapshot("evt_2", "paid", 2).provenance();
    CHECK(invoice_store::outcome_of(low, std::nullopt, low) == Outcome::APPLIED);
    CHECK(invoice_store::outcome_of(high, low, high) == Outcome::APPLIED);
    CHECK(invoice_store::outcome_of(low, high, high) == Outcome::STALE);
    // Beaten by a greater one of its own batch: it would have changed the row.
    CHECK(invoice_store::outcome_of(low, std::nullopt, high) == Outcome::APPLIED);
    auto contested = low;
    contested.set_contested(true);
    CHECK(invoice_store::outcome_of(low, std::nullopt, contested) == Outcome::NEEDS_REFETCH);
    CHECK(invoice_store::outcome_of(high, std::nullopt, contested) == Outcome::APPLIED);
    // Both parties of a taking back: the statement that stands, and the late one that it takes back.
    const auto back = snapshot("evt_3", "open", 3);
    const auto taken = merge(snapshot("evt_2", "paid", 2), back).provenance();
    CHECK(invoice_store::outcome_of(back.provenance(), high, taken) == Outcome::NEEDS_REFETCH);
    CHECK(invoice_store::outcome_of(high, back.provenance(), taken) == Outcome::NEEDS_REFETCH);
    CHECK(invoice_store::outcome_of(low, back.provenance(), taken) == Outcome::STALE);
}
