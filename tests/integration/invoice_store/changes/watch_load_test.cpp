// Watching under load: watchers miss nothing through disconnects and concurrent writers, and a reader that does not
// read costs the store one page.
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "integration/invoice_store/changes/watching.hpp"
#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "support/process.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using namespace std::chrono_literals;
using test::from_token;
using test::make_event;
using test::Watching;

namespace {

// The parts of a change that the tests compare.
using ChangeSummary = std::pair<std::string, std::string>;  // invoice id, "previous>status"

ChangeSummary summary_of(const v1::WatchInvoicesResponse& change) {
    return {change.invoice().id(), change.previous_status() + ">" + change.status()};
}

// The changes in the table, in the order of their numbers.
std::vector<ChangeSummary> logged(const test::StoreDatabase& database) {
    const auto connection = database.connect();
    pqxx::nontransaction session(*connection);
    std::vector<ChangeSummary> changes;
    for (const auto& row :
         session.exec("SELECT invoice_id, previous_status || '>' || status FROM invoice_changes ORDER BY seq"))
        changes.emplace_back(row[0].c_str(), row[1].c_str());
    return changes;
}

// Each writer applies the events of the same invoices, in calls of its own.
void write(test::StoreClient client, int writer, int invoices) {
    static const std::vector<std::string> kLife = {"draft", "open", "uncollectible", "paid"};
    std::mt19937 random(static_cast<unsigned>(writer));
    for (std::size_t step = 0; step < kLife.size(); ++step) {
        for (int first = 0; first < invoices; first += 10) {
            std::vector<v1::InvoiceEvent> events;
            for (int i = first; i < first + 10; ++i)
                events.push_back(make_event("evt_" + std::to_string(random()) + "_" + std::to_string(writer),
                                            kLife[step], static_cast<std::int64_t>(step * 10 + random() % 10),
                                            "in_" + std::to_string(i)));
            const auto [status, states] = client.apply(events);
            if (!status.ok()) throw std::runtime_error(status.error_message());
        }
    }
}

long resident_kb(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; status >> word;)
        if (word == "VmRSS:") {
            long kb = 0;
            status >> kb;
            return kb;
        }
    return -1;
}

}  // namespace

TEST_CASE("through many disconnects and concurrent writers, each change is sent once and in order") {
    constexpr int kWriters = 4;
    constexpr int kInvoices = 100;
    test::StoreDatabase database;
    // Two stores on one database: each sees the other one's changes by polling.
    test::StoreServer server(database.url(), {.writer = {.threads = 3, .batch_events = 20}});
    test::StoreServer other(database.url(), {.writer = {.threads = 3, .batch_events = 20}});
    const auto stub = server.stub();
    auto watching = std::make_unique<Watching>(*stub, v1::WatchInvoicesRequest{});
    REQUIRE(watching->next());

    std::atomic<int> writing{kWriters};
    std::vector<std::thread> writers;
    for (int i = 0; i < kWriters; ++i)
        writers.emplace_back([&, i] {
            write(test::StoreClient((i % 2 == 0 ? server : other).stub()), i, kInvoices);
            --writing;
        });

    std::vector<ChangeSummary> seen;
    std::mt19937 random(7);
    int disconnects = 0;
    const auto all_seen = [&] { return writing == 0 && seen.size() >= logged(database).size(); };
    while (!all_seen()) {
        for (auto left = random() % 60; left > 0 && !all_seen(); --left) {
            const auto change = watching->change();
            REQUIRE(change);
            seen.push_back(summary_of(*change));
        }
        const auto token = watching->token();
        watching = std::make_unique<Watching>(*stub, from_token(token));
        ++disconnects;
    }
    for (auto& writer : writers) writer.join();

    const auto expected = logged(database);
    CHECK(disconnects >= 10);
    CHECK(expected.size() >= static_cast<std::size_t>(kInvoices * 4));
    CHECK(seen == expected);
    // Each change of an invoice begins with the status of the change before, although the writers overlap.
    std::map<std::string, std::string> status;
    for (const auto& [id, change] : seen) {
        const auto arrow = change.find('>');
        CHECK(change.substr(0, arrow) == status[id]);
        status[id] = change.substr(arrow + 1);
    }
}

TEST_CASE("a reader that does not read for ten thousand changes costs one page, and then gets all of them") {
    constexpr int kChanges = 10'000;
    constexpr int kBatch = 250;
    test::StoreDatabase database;
    test::Process process({test::our_program("quittance-invoice-store"),
                           {},
                           {{"DATABASE_URL", database.url()},
                            {"INVOICE_STORE_LISTEN", "127.0.0.1:0"},
                            {"METRICS_LISTEN", "127.0.0.1:0"},
                            // Freed memory that the sanitisers keep would be counted.
                            {"ASAN_OPTIONS", "quarantine_size_mb=1:detect_leaks=0"}}});
    process.wait_until_ready();
    const auto channel =
        grpc::CreateChannel(process.address("INVOICE_STORE_LISTEN"), grpc::InsecureChannelCredentials());
    test::StoreClient client(v1::InvoiceStore::NewStub(channel));
    const auto stub = v1::InvoiceStore::NewStub(channel);
    const auto change_all = [&](const std::string& round, const std::string& status, std::int64_t second) {
        for (int first = 0; first < kChanges; first += kBatch) {
            std::vector<v1::InvoiceEvent> events;
            for (int i = first; i < first + kBatch; ++i) {
                auto event = make_event("evt_" + round + std::to_string(i), status, second, "in_" + std::to_string(i));
                event.mutable_invoice()->set_description(std::string(1'000, 'x'));
                events.push_back(std::move(event));
            }
            REQUIRE(client.apply(events).first.ok());
        }
    };
    // The writer's memory reaches its size before the watchers start.
    change_all("a", "draft", 1);
    std::vector<std::unique_ptr<Watching>> watchers;
    for (int i = 0; i < 5; ++i) {
        watchers.push_back(std::make_unique<Watching>(*stub, v1::WatchInvoicesRequest{}, 1'800s));
        REQUIRE(watchers.back()->next());
    }
    const auto before = resident_kb(process.pid());
    change_all("b", "open", 2);
    const auto after = resident_kb(process.pid());
    INFO("resident before " << before << " KB, after " << after << " KB");
    // Queued, the changes would be more than 10 MB for each of the five.
    CHECK(after - before < 30'000);
    for (auto& watcher : watchers) {
        std::set<std::string> seen;
        for (int i = 0; i < kChanges; ++i) {
            const auto change = watcher->change();
            REQUIRE(change);
            REQUIRE(change->status() == "open");
            REQUIRE(seen.insert(change->invoice().id()).second);
        }
    }
    CHECK(process.terminate().clean());
}
