// Dead events and queued refetches in /metrics, as every replica shows them.
#include <catch2/catch.hpp>

#include "integration/invoice_store/trouble/troubled_store.hpp"
#include "support/patience.hpp"
#include "support/postgres.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using namespace quittance::test;
using Outcome = v1::EventOutcome;

TEST_CASE("what waits for somebody is a gauge, also of a store that did not see it come") {
    Database database;
    TroubledStore store(database.url());
    const TroubledStore other(database.url());
    REQUIRE(store.becomes_ready());
    REQUIRE(other.becomes_ready());
    CHECK(eventually([&] { return store.metric("quittance_events_dead") == 0; }));
    CHECK(eventually([&] { return store.metric("quittance_refetches_queued") == 0; }));

    auto unreadable = make_event("evt_dead", "open", 1, "in_dead");
    unreadable.clear_invoice();
    unreadable.set_problem("amount_due is no integer");
    auto tie = make_event("evt_tie", "open", 1, "in_tie");
    tie.mutable_invoice()->set_total_minor(1);
    auto lines = make_event("evt_lines", "open", 1, "in_lines");
    lines.mutable_invoice()->set_lines_complete(false);
    const std::vector<v1::InvoiceEvent> events = {unreadable, make_event("evt_first", "open", 1, "in_tie"), tie, lines};
    auto client = store.client();
    const auto [status, states] = client.apply(events);
    REQUIRE(status.ok());
    REQUIRE(states.front() == Outcome::DEAD);
    for (const auto* each : {static_cast<const TroubledStore*>(&store), &other}) {
        CHECK(eventually([&] { return each->metric("quittance_events_dead") == 1; }));
        CHECK(eventually([&] { return each->metric("quittance_refetches_queued") == 2; }));
    }
}
