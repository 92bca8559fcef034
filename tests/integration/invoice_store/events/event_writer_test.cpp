// The writer through the server: many callers at once, its queue's bound, its stop.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <thread>
#include <vector>

#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "invoice_store/invoices/merge.hpp"
#include "invoice_store/invoices/snapshot.hpp"
#include "support/patience.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using namespace std::chrono_literals;
using test::make_event;
using Outcome = v1::EventOutcome;

namespace {

using Rows = std::map<std::string, std::optional<v1::Invoice>>;

std::vector<v1::InvoiceEvent> make_events(int invoices, std::size_t events_each, Rows& expected) {
    test::EventGenerator generator(2'026);
    std::vector<v1::InvoiceEvent> events;
    for (int invoice = 0; invoice < invoices; ++invoice)
        for (auto& event : generator.several(events_each, "in_" + std::to_string(invoice))) {
            auto& row = expected[event.invoice().stripe_invoice_id()];
            row = invoice_store::merge(std::move(row), invoice_store::snapshot_of(event));
            events.push_back(std::move(event));
        }
    return events;
}

// Delivers every event until it is durable, as the ingester does; counts the deliveries.
void deliver(test::StoreClient& client, std::vector<v1::InvoiceEvent> events, std::mt19937& random,
             std::atomic<int>& retries) {
    while (!events.empty()) {
        std::shuffle(events.begin(), events.end(), random);
        std::vector<v1::InvoiceEvent> again;
        for (std::size_t from = 0; from < events.size();) {
            const auto size = std::min<std::size_t>(1 + random() % 4, events.size() - from);
            const auto begin = events.begin() + static_cast<std::ptrdiff_t>(from);
            const std::vector<v1::InvoiceEvent> batch(begin, begin + static_cast<std::ptrdiff_t>(size));
            const auto [status, states] = client.apply(batch);
            for (std::size_t i = 0; i < batch.size(); ++i)
                if (!status.ok() || states[i] == Outcome::RETRY) again.push_back(batch[i]);
            from += size;
        }
        retries += static_cast<int>(again.size());
        events = std::move(again);
    }
}

}  // namespace

TEST_CASE("1,000 deliveries of 200 invoices by 32 callers, in random order with duplicates, end as ordered ones") {
    test::StoreDatabase database;
    test::StoreServer server(database.url());
    Rows expected;
    const auto events = make_events(200, 4, expected);
    std::atomic<int> retries = 0;
    std::vector<std::thread> callers;
    for (unsigned caller = 0; caller < 32; ++caller)
        callers.emplace_back([&, caller] {
            std::mt19937 random(caller);
            std::vector<v1::InvoiceEvent> mine;
            for (std::size_t i = 0; i < events.size(); ++i)
                // Every event once, every fourth twice.
                if (i % 32 == caller || (i % 4 == 0 && (i / 4) % 32 == caller)) mine.push_back(events[i]);
            test::StoreClient client(server.stub());
            deliver(client, std::move(mine), random, retries);
        });
    for (auto& caller : callers) caller.join();
    CHECK(retries == 0);
    const auto stored = database.invoices();
    REQUIRE(stored.size() == expected.size());
    for (const auto& [id, row] : expected) CHECK(stored.at(id).DebugString() == test::shown(*row));
    CHECK(database.value("SELECT count(*) FROM events") == "800");
    CHECK(database.totals() == database.counted());
    CHECK_THAT(server.metrics().text(), Catch::Contains("quittance_events_total{outcome=\"applied\"}") &&
                                            Catch::Contains("quittance_events_total{outcome=\"duplicate\"}") &&
                                            Catch::Contains("quittance_newest_applied_event_age_seconds"));
}

TEST_CASE("sessions killed under load: every event ends applied once") {
    test::StoreDatabase database;
    test::StoreServer server(database.url());
    Rows expected;
    const auto events = make_events(40, 10, expected);
    std::atomic<int> retries = 0;
    std::atomic<bool> delivered = false;
    std::thread killer([&] {
        for (int kills = 0; kills < 200 && !delivered; kills += database.database().terminate_sessions())
            std::this_thread::sleep_for(2ms);
    });
    std::vector<std::thread> callers;
    for (unsigned caller = 0; caller < 8; ++caller)
        callers.emplace_back([&, caller] {
            std::mt19937 random(caller);
            std::vector<v1::InvoiceEvent> mine;
            for (std::size_t i = 0; i < events.size(); ++i)
                if (i % 8 == caller) mine.push_back(events[i]);
            test::StoreClient client(server.stub());
            deliver(client, std::move(mine), random, retries);
        });
    for (auto& caller : callers) caller.join();
    delivered = true;
    killer.join();
    const auto stored = database.invoices();
    REQUIRE(stored.size() == expected.size());
    for (const auto& [id, row] : expected) CHECK(stored.at(id).DebugString() == test::shown(*row));
    CHECK(database.value("SELECT count(*) FROM events") == "400");
    CHECK(database.value("SELECT count(*) FROM events WHERE state = 'dead'") == "0");
    CHECK(database.totals() == database.counted());
}

TEST_CASE("a full queue is RESOURCE_EXHAUSTED, and what was taken is written") {
    test::StoreDatabase database;
    test::StoreServer server(
        database.url(), {.writer = {.threads = 1, .batch_events = 1, .queued_events = 4}, .statement_timeout = 60s});
    // The writer waits for this lock; behind it the queue fills.
    const auto blocker = database.connect();
    auto lock = std::make_unique<pqxx::work>(*blocker);
    lock->exec0("LOCK TABLE events IN ACCESS EXCLUSIVE MODE");
    std::atomic<int> applied = 0;
    std::atomic<int> refused = 0;
    std::vector<std::thread> callers;
    for (int i = 0; i < 12; ++i)
        callers.emplace_back([&, i] {
            test::StoreClient client(server.stub());
            const auto [status, states] =
                client.apply({make_event("evt_" + std::to_string(i), "open", 1, "in_" + std::to_string(i))});
            if (status.ok() && states.front() == Outcome::APPLIED) ++applied;
            if (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) ++refused;
        });
    // One with the writer, four in the queue; the writer may take its one late.
    CHECK(test::eventually([&] { return refused >= 7; }));
    lock.reset();
    for (auto& caller : callers) caller.join();
    CHECK(applied + refused == 12);
    CHECK(database.value("SELECT count(*) FROM invoices") == std::to_string(applied.load()));
}

TEST_CASE("a statement that cannot be done in time is told as such, and no event is lost") {
    test::StoreDatabase database;
    test::StoreServer server(database.url(), {.writer = {}, .statement_timeout = 1s});
    const auto blocker = database.connect();
    auto lock = std::make_unique<pqxx::work>(*blocker);
    lock->exec0("LOCK TABLE invoices IN ACCESS EXCLUSIVE MODE");
    test::StoreClient client(server.stub());
    const std::vector<v1::InvoiceEvent> events = {make_event("evt_1", "open", 1)};
    const auto status = client.apply(events).first;
    CHECK(status.error_code() == grpc::StatusCode::UNAVAILABLE);
    lock.reset();
    // In time now; on a slow machine not at once.
    auto outcome = client.apply(events);
    CHECK(test::eventually([&] { return outcome.first.ok() || (outcome = client.apply(events)).first.ok(); }));
    CHECK(outcome.second == std::vector{Outcome::APPLIED});
}

TEST_CASE("events wait for nobody's invoice but their own") {
    test::StoreDatabase database;
    test::StoreServer server(database.url(), {.writer = {.threads = 2}, .statement_timeout = 60s});
    test::StoreClient client{server.stub()};
    CHECK(client.apply({make_event("evt_1", "open", 1, "in_held")}).second == std::vector{Outcome::APPLIED});
    const auto holder = database.connect();
    pqxx::work held(*holder);
    held.exec("SELECT id FROM invoices WHERE stripe_invoice_id = 'in_held' FOR UPDATE");
    std::vector<Outcome::State> late;
    std::thread waiting([&] {
        test::StoreClient other{server.stub()};
        late = other.apply({make_event("evt_2", "paid", 2, "in_held")}).second;
    });
    CHECK(test::eventually([&] {
        return database.value(
                   "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                   " AND datname = current_database()") != "0";
    }));
    for (int i = 0; i < 20; ++i) {
        const auto name = std::to_string(i);
        CHECK(client.apply({make_event("evt_free_" + name, "open", 1, "in_free_" + name)}).second ==
              std::vector{Outcome::APPLIED});
    }
    CHECK(database.value("SELECT status FROM invoices WHERE stripe_invoice_id = 'in_held'") == "open");
    held.commit();
    waiting.join();
    CHECK(late == std::vector{Outcome::APPLIED});
    CHECK(database.value("SELECT status FROM invoices WHERE stripe_invoice_id = 'in_held'") == "paid");
}

TEST_CASE("a stop loses nothing that was taken") {
    test::StoreDatabase database;
    std::atomic<int> applied = 0;
    {
        test::StoreServer server(database.url());
        std::vector<std::thread> callers;
        std::atomic<int> calls = 0;
        for (int caller = 0; caller < 8; ++caller)
            callers.emplace_back([&, caller] {
                test::StoreClient client(server.stub());
                client.patience = 20s;
                for (int i = 0; i < 10'000; ++i) {
                    const auto name = std::to_string(caller) + "_" + std::to_string(i);
                    ++calls;
                    const auto [status, states] = client.apply({make_event("evt_" + name, "open", 1, "in_" + name)});
                    if (!status.ok()) return;
                    if (states.front() == Outcome::APPLIED) ++applied;
                }
            });
        CHECK(test::eventually([&] { return calls >= 100; }));
        server.stop();
        for (auto& caller : callers) caller.join();
    }
    CHECK(applied > 0);
    // An answer that did not reach its caller may still be durable; one that did must be.
    CHECK(std::stoi(database.value("SELECT count(*) FROM invoices")) >= applied);
}
