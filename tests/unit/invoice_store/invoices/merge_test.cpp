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

TEST_CASE("a later stage of life wins, whenever its event was made") {
    struct Case {
        const char* row;
        const char* event;
        const char* result;
    };
    const auto order = GENERATE(
        Case{"draft", "open", "open"}, Case{"open", "draft", "open"}, Case{"open", "uncollectible", "uncollectible"},
        Case{"uncollectible", "open", "uncollectible"}, Case{"uncollectible", "paid", "paid"},
        Case{"uncollectible", "void", "void"}, Case{"paid", "open", "paid"}, Case{"void", "uncollectible", "void"},
        Case{"paid", "draft", "paid"}, Case{"deleted", "draft", "deleted"}, Case{"draft", "deleted", "deleted"},
        Case{"paid", "status_of_2030", "paid"}, Case{"draft", "status_of_2030", "status_of_2030"});
    // The event is the later one of the two, and the earlier one: rank comes before time.
    for (const int second : {10, 0}) {
        const auto merged = merge(snapshot("evt_a", order.row, 5), snapshot("evt_b", order.event, second));
        CHECK(merged.status() == order.result);
        CHECK_FALSE(merged.provenance().refetch_needed());
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
    SECTION("an answer of the same second stands and settles nothing: it may be older than one of the two") {
        auto answer = make_event("refetch_1", "open", 1);
        answer.mutable_event_time()->set_nanos(500'000'000);
        answer.mutable_invoice()->set_total_minor(100);
        for (const auto& merged :
             {merge(merge(one, two), snapshot_of(answer)), merge(merge(one, snapshot_of(answer)), two)}) {
            CHECK(merged.total_minor() == 100);
            CHECK(merged.provenance().refetch_needed());
        }
        CHECK_FALSE(merge(one, snapshot_of(answer)).provenance().refetch_needed());
    }
    SECTION("and so does the next stage") {
        CHECK_FALSE(merge(merge(one, two), snapshot("evt_0", "paid", 0)).provenance().refetch_needed());
    }
}

TEST_CASE("a deleted draft stays deleted") {
    const auto merged = merge(snapshot("evt_1", "deleted", 1), snapshot("evt_2", "draft", 100));
    CHECK(merged.status() == "deleted");
    CHECK(merged.update_time().seconds() == test::kCreateSecond + 100);
}

TEST_CASE("attempts never fall, whatever the rank") {
    auto failed = make_event("evt_1", "open", 5);
    failed.mutable_invoice()->set_attempt_count(3);
    failed.mutable_invoice()->mutable_last_payment_attempt_time()->set_seconds(50);
    auto paid = make_event("evt_2", "paid", 9);
    paid.mutable_invoice()->set_attempt_count(1);
    paid.mutable_invoice()->mutable_last_payment_attempt_time()->set_seconds(40);
    for (const auto& merged :
         {merge(snapshot_of(failed), snapshot_of(paid)), merge(snapshot_of(paid), snapshot_of(failed))}) {
        CHECK(merged.status() == "paid");
        CHECK(merged.attempt_count() == 3);
        CHECK(merged.last_payment_attempt_time().seconds() == 50);
        CHECK(merged.provenance().event_id() == "evt_2");
    }
}

TEST_CASE("what became of an event") {
    using Outcome = v1::EventOutcome;
    const auto low = snapshot("evt_1", "open", 1).provenance();
    const auto high = snapshot("evt_2", "paid", 1).provenance();
    CHECK(invoice_store::outcome_of(low, std::nullopt, low) == Outcome::APPLIED);
    CHECK(invoice_store::outcome_of(high, low, high) == Outcome::APPLIED);
    CHECK(invoice_store::outcome_of(low, high, high) == Outcome::STALE);
    // Beaten by a greater one of its own batch: it would have changed the row.
    CHECK(invoice_store::outcome_of(low, std::nullopt, high) == Outcome::APPLIED);
    auto marked = low;
    marked.set_refetch_needed(true);
    CHECK(invoice_store::outcome_of(low, std::nullopt, marked) == Outcome::NEEDS_REFETCH);
    CHECK(invoice_store::outcome_of(high, std::nullopt, marked) == Outcome::APPLIED);
}
