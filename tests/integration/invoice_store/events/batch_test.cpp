// Batches and their outcomes: duplicates, order, poison, deadlocks of many writers.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <thread>
#include <vector>

#include "integration/invoice_store/store_database.hpp"
#include "invoice_store/events/batch_retry.hpp"
#include "invoice_store/events/batch_transaction.hpp"
#include "invoice_store/invoices/merge.hpp"
#include "invoice_store/invoices/snapshot.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using test::make_event;
using Outcome = v1::EventOutcome;

namespace {

class Batches {
  public:
    explicit Batches(test::StoreDatabase& database, std::size_t connections = 2)
        : pool_({.url = database.url(),
                 .name = "write",
                 .connections = connections,
                 .prepare = invoice_store::prepare_batches},
                metrics_) {}

    std::vector<Outcome::State> run(const std::vector<v1::InvoiceEvent>& events, int slot = 0) {
        std::vector<Outcome> outcomes(events.size());
        std::vector<invoice_store::BatchItem> items;
        for (std::size_t i = 0; i < events.size(); ++i) items.push_back({&events[i], &outcomes[i]});
        invoice_store::InvoiceCounts counts(slot);
        invoice_store::run_batch(pool_, items, counts);
        std::vector<Outcome::State> states;
        for (const auto& outcome : outcomes) states.push_back(outcome.state());
        return states;
    }

    Outcome::State run(const v1::InvoiceEvent& event) { return run(std::vector<v1::InvoiceEvent>{event}).front(); }

  private:
    runtime::Metrics metrics_;
    postgres::Pool pool_;
};

std::string state_of(const test::StoreDatabase& database, const std::string& event_id) {
    return database.value("SELECT state FROM events WHERE event_id = '" + event_id + "'");
}

}  // namespace

TEST_CASE("an event is applied once, also within one batch") {
    test::StoreDatabase database;
    Batches batches(database);
    const auto event = make_event("evt_1", "open", 1);
    CHECK(batches.run({event, event, make_event("evt_2", "paid", 2)}) ==
          std::vector{Outcome::APPLIED, Outcome::DUPLICATE, Outcome::APPLIED});
    CHECK(batches.run(event) == Outcome::DUPLICATE);
    CHECK(database.invoices().at("in_test").status() == "paid");
    CHECK(database.value("SELECT count(*) FROM events") == "2");
    CHECK(database.value("SELECT convert_from(payload, 'UTF8') FROM events WHERE event_id = 'evt_1'") ==
          event.payload());
}

TEST_CASE("the same event id in another account or mode is another event") {
    test::StoreDatabase database;
    Batches batches(database);
    auto live = make_event("evt_1", "open", 1);
    live.set_livemode(true);
    auto other = make_event("evt_1", "open", 1);
    other.set_account("other");
    CHECK(batches.run({make_event("evt_1", "open", 1), live, other}) ==
          std::vector{Outcome::APPLIED, Outcome::APPLIED, Outcome::APPLIED});
    CHECK(database.value("SELECT count(*) FROM invoices") == "3");
}

TEST_CASE("an event that tells another creation time changes the row, and hears so") {
    test::StoreDatabase database;
    Batches batches(database);
    CHECK(batches.run(make_event("evt_1", "open", 1)) == Outcome::APPLIED);
    auto later = make_event("evt_2", "paid", 2);
    later.mutable_invoice()->mutable_create_time()->set_seconds(test::kCreateSecond + 1);
    later.mutable_invoice()->set_lines_complete(false);
    CHECK(batches.run(later) == Outcome::APPLIED);
    CHECK(state_of(database, "evt_2") == "applied");
    CHECK(database.invoices().at("in_test").status() == "paid");
    CHECK(database.value("SELECT count(*) FROM invoices") == "1");
    // And what it leaves open is asked for.
    CHECK(database.value("SELECT reason FROM refetches WHERE stripe_invoice_id = 'in_test'") == "lines");
}

TEST_CASE("each event hears what became of it, and the inbox keeps it") {
    test::StoreDatabase database;
    Batches batches(database);
    auto conflicting = make_event("evt_3", "paid", 5);
    conflicting.mutable_invoice()->set_total_minor(9);
    v1::InvoiceEvent upcoming = make_event("evt_4", "draft", 1);
    upcoming.clear_invoice();
    auto unreadable = make_event("evt_5", "open", 1);
    unreadable.clear_invoice();
    unreadable.set_problem("amount_due is no integer");

    CHECK(batches.run(make_event("evt_2", "paid", 5)) == Outcome::APPLIED);
    CHECK(batches.run(make_event("evt_1", "open", 1)) == Outcome::STALE);
    CHECK(batches.run({upcoming, unreadable, conflicting}) ==
          std::vector{Outcome::IGNORED, Outcome::DEAD, Outcome::NEEDS_REFETCH});
    CHECK(state_of(database, "evt_1") == "stale");
    CHECK(state_of(database, "evt_2") == "applied");
    CHECK(state_of(database, "evt_3") == "needs_refetch");
    CHECK(state_of(database, "evt_4") == "ignored");
    CHECK(state_of(database, "evt_5") == "dead");
    CHECK(database.value("SELECT last_error FROM events WHERE event_id = 'evt_5'") == "amount_due is no integer");
    CHECK(database.value("SELECT applied_at IS NULL FROM events WHERE event_id = 'evt_5'") == "t");
    CHECK(database.invoices().at("in_test").provenance().refetch_needed());
}

TEST_CASE("a duplicate of a dead event has no effect by way of its batch") {
    test::StoreDatabase database;
    Batches batches(database);
    auto unreadable = make_event("evt_1", "paid", 9);
    unreadable.set_problem("the reader of that day could not read it");
    CHECK(batches.run(unreadable) == Outcome::DEAD);
    // The same event, readable by now, beside another of its invoice: only the new one counts until it is replayed.
    CHECK(batches.run({make_event("evt_1", "paid", 9), make_event("evt_2", "open", 1)}) ==
          std::vector{Outcome::DUPLICATE, Outcome::APPLIED});
    CHECK(database.invoices().at("in_test").status() == "open");
}

TEST_CASE("a poison event is parked alone") {
    test::StoreDatabase database;
    // A rule that our own check does not know stands for whatever the database may refuse one day.
    database.run("ALTER TABLE invoices ADD CHECK (currency <> 'poison')");
    Batches batches(database);
    std::vector<v1::InvoiceEvent> events;
    for (int i = 0; i < 40; ++i)
        events.push_back(make_event("evt_" + std::to_string(i), "open", 1, "in_" + std::to_string(i)));
    events[17].mutable_invoice()->set_currency("poison");
    const auto states = batches.run(events);
    CHECK(std::count(states.begin(), states.end(), Outcome::APPLIED) == 39);
    CHECK(states[17] == Outcome::DEAD);
    CHECK(database.value("SELECT count(*) FROM invoices") == "39");
    CHECK(state_of(database, "evt_17") == "dead");
    CHECK_THAT(database.value("SELECT last_error FROM events WHERE event_id = 'evt_17'"), Catch::Contains("23514"));
    CHECK(batches.run(events[17]) == Outcome::DUPLICATE);
    CHECK(database.totals() == database.counted());
}

TEST_CASE("a fault of the schema parks nothing: it is ours to mend, and the events come again") {
    test::StoreDatabase database;
    Batches batches(database);
    database.run("ALTER TABLE invoices RENAME TO away");
    CHECK(batches.run(make_event("evt_1", "open", 1)) == Outcome::RETRY);
    database.run("ALTER TABLE away RENAME TO invoices");
    CHECK(batches.run(make_event("evt_1", "open", 1)) == Outcome::APPLIED);
}

TEST_CASE("texts with zero bytes and binary payloads are kept") {
    test::StoreDatabase database;
    Batches batches(database);
    auto event = make_event("evt_1", "open", 1);
    event.set_payload(std::string("\0\xff\xfe binary", 10));
    event.mutable_invoice()->set_description(std::string("a\0b", 3));
    auto empty = make_event("evt_2", "open", 2);
    empty.clear_payload();
    CHECK(batches.run({event, empty}) == std::vector{Outcome::APPLIED, Outcome::APPLIED});
    CHECK(database.value("SELECT encode(payload, 'hex') FROM events WHERE event_id = 'evt_1'") ==
          "00fffe2062696e617279");
    CHECK(database.value("SELECT length(payload) FROM events WHERE event_id = 'evt_2'") == "0");
}

TEST_CASE("an unreachable database is RETRY") {
    runtime::Metrics metrics;
    postgres::Pool pool({.url = "postgresql://nobody@127.0.0.1:1/none", .name = "write"}, metrics);
    const auto event = make_event("evt_1", "open", 1);
    Outcome outcome;
    invoice_store::InvoiceCounts counts(0);
    invoice_store::run_batch(pool, {{&event, &outcome}}, counts);
    CHECK(outcome.state() == Outcome::RETRY);
}

TEST_CASE("16 writers on the same 50 invoices, in random order with duplicates, end as one in order would") {
    constexpr int kInvoices = 50;
    constexpr int kWriters = 16;
    test::StoreDatabase database;
    Batches batches(database, kWriters);
    test::EventGenerator generator(42);
    std::vector<v1::InvoiceEvent> events;
    std::map<std::string, std::optional<v1::Invoice>> expected;
    for (int invoice = 0; invoice < kInvoices; ++invoice)
        for (auto& event : generator.several(12, "in_" + std::to_string(invoice))) {
            auto& row = expected[event.invoice().stripe_invoice_id()];
            row = invoice_store::merge(std::move(row), invoice_store::snapshot_of(event));
            events.push_back(std::move(event));
        }

    std::atomic<int> other_outcomes = 0;
    std::atomic<int> duplicates = 0;
    std::vector<std::thread> writers;
    for (int writer = 0; writer < kWriters; ++writer)
        writers.emplace_back([&, writer] {
            // Each event is written by two of the writers, each writer shuffles its own.
            std::vector<v1::InvoiceEvent> mine;
            for (std::size_t i = 0; i < events.size(); ++i)
                if (static_cast<int>(i % 8) == writer % 8) mine.push_back(events[i]);
            std::mt19937 random(static_cast<std::uint32_t>(writer));
            std::shuffle(mine.begin(), mine.end(), random);
            for (std::size_t from = 0; from < mine.size();) {
                const auto size = std::min<std::size_t>(1 + random() % 20, mine.size() - from);
                const auto begin = mine.begin() + static_cast<std::ptrdiff_t>(from);
                const std::vector<v1::InvoiceEvent> batch(begin, begin + static_cast<std::ptrdiff_t>(size));
                for (const auto state : batches.run(batch, writer)) {
                    if (state == Outcome::DUPLICATE)
                        ++duplicates;
                    else if (state == Outcome::RETRY || state == Outcome::DEAD)
                        ++other_outcomes;
                }
                from += size;
            }
        });
    for (auto& writer : writers) writer.join();

    CHECK(other_outcomes == 0);
    CHECK(duplicates == static_cast<int>(events.size()));
    CHECK(database.value("SELECT count(*) FROM events") == std::to_string(events.size()));
    const auto stored = database.invoices();
    REQUIRE(stored.size() == kInvoices);
    for (const auto& [id, row] : expected) CHECK(stored.at(id).DebugString() == test::shown(*row));
    CHECK(database.totals() == database.counted());
}
