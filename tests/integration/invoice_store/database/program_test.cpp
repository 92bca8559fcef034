// The program itself: its start without a database, its migration, its stop.
#include <grpcpp/create_channel.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <thread>

#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "support/patience.hpp"
#include "support/process.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using namespace std::chrono_literals;
using test::make_event;
using Outcome = v1::EventOutcome;

namespace {

test::ProcessOptions store(const std::string& url, std::map<std::string, std::string> more = {}) {
    std::map<std::string, std::string> environment = {
        {"DATABASE_URL", url}, {"INVOICE_STORE_LISTEN", "127.0.0.1:0"}, {"METRICS_LISTEN", "127.0.0.1:0"}};
    environment.merge(more);
    return {test::our_program("quittance-invoice-store"), {}, environment};
}

test::StoreClient client_of(const test::Process& process) {
    return test::StoreClient(v1::InvoiceStore::NewStub(
        grpc::CreateChannel(process.address("INVOICE_STORE_LISTEN"), grpc::InsecureChannelCredentials())));
}

}  // namespace

TEST_CASE("the program migrates an empty database, serves, and stops cleanly") {
    test::Database database;
    test::Process process(store(database.url()));
    process.wait_until_ready();
    auto client = client_of(process);
    CHECK(client.apply({make_event("evt_1", "open", 1)}).second == std::vector{Outcome::APPLIED});
    CHECK(process.terminate().clean());
}

TEST_CASE("the program waits for a database that is not there yet") {
    test::PostgresServer postgres;
    postgres.stop();
    test::Process process(store(postgres.url()));
    CHECK_FALSE(process.wait(500ms));
    postgres.start();
    process.wait_until_ready();
    auto client = client_of(process);
    CHECK(client.apply({make_event("evt_1", "open", 1)}).second == std::vector{Outcome::APPLIED});
    CHECK(process.terminate().clean());
}

TEST_CASE("a program that waits for its database stops when told to") {
    test::Process process(store("postgresql://nobody@127.0.0.1:1/none"));
    CHECK_FALSE(process.wait(300ms));
    REQUIRE(process.handles(SIGTERM));
    CHECK(process.terminate().clean());
}

TEST_CASE("migrate only, and then serve without migrating") {
    test::Database database;
    test::Process waiting(store(database.url(), {{"MIGRATE", "off"}}));
    CHECK_FALSE(waiting.wait(300ms));
    test::Process migration(store(database.url(), {{"MIGRATE", "only"}}));
    const auto ended = migration.wait(180s);
    REQUIRE(ended);
    CHECK(ended->clean());
    waiting.wait_until_ready();
    auto client = client_of(waiting);
    CHECK(client.apply({make_event("evt_1", "open", 1)}).second == std::vector{Outcome::APPLIED});
}

TEST_CASE("killed under load, what it acknowledged is there and nothing is there twice") {
    test::StoreDatabase database;
    std::atomic<int> acknowledged = 0;
    for (int life = 0; life < 3; ++life) {
        test::Process process(store(database.url()));
        process.wait_until_ready();
        auto client = client_of(process);
        client.patience = 10s;
        std::thread killer([&, before = acknowledged.load()] {
            test::eventually([&] { return acknowledged >= before + 20; });
            process.signal(SIGKILL);
        });
        for (int i = 0;; ++i) {
            const auto name = std::to_string(life) + "_" + std::to_string(i);
            const auto event = make_event("evt_" + name, "open", 1, "in_" + name);
            const auto [status, states] = client.apply({event});
            if (!status.ok()) break;
            REQUIRE(states.front() == Outcome::APPLIED);
            ++acknowledged;
        }
        killer.join();
    }
    CHECK(acknowledged > 0);
    const auto stored = std::stoi(database.value("SELECT count(*) FROM events WHERE state = 'applied'"));
    CHECK(stored >= acknowledged);
    CHECK(stored <= acknowledged + 3);
    CHECK(database.value("SELECT count(*) FROM invoices") == std::to_string(stored));
    CHECK(database.totals() == database.counted());
}

TEST_CASE("a wrong setting stops the start with its name") {
    test::Process process(store("postgresql://nobody@127.0.0.1:1/none", {{"READ_CONNECTIONS", "0"}}));
    const auto ended = process.wait(180s);
    REQUIRE(ended);
    CHECK(ended->code != 0);
    CHECK_THAT(process.log(), Catch::Contains("READ_CONNECTIONS"));
}
