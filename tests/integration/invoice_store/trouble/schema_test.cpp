// The schema is not this program's yet, or not any more.
#include "invoice_store/database/schema.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <pqxx/pqxx>
#include <string>
#include <thread>

#include "integration/invoice_store/trouble/ledger.hpp"
#include "invoice_store/database/advisory_locks.hpp"
#include "postgres/connection.hpp"
#include "postgres/migrations.hpp"
#include "support/patience.hpp"
#include "support/postgres.hpp"

using namespace quittance;
using namespace quittance::test;

namespace {

void run(const std::string& url, const std::string& sql) {
    pqxx::connection connection(url);
    pqxx::nontransaction session(connection);
    session.exec(sql);
}

void migrate(const std::string& url) {
    const auto connection = postgres::connect(url, std::chrono::milliseconds(0));
    postgres::migrate(*connection, invoice_store::schema_migrations());
}

std::string newer_version() {
    return std::to_string(invoice_store::schema_migrations().size() + 1);
}

// A step that this program does not know. It only adds, as every step does (docs/operations/rollout.md).
void migrate_further(const std::string& url) {
    run(url,
        "BEGIN;"
        "ALTER TABLE invoices ADD COLUMN newer_note text, ADD COLUMN newer_number bigint NOT NULL DEFAULT 0;"
        "ALTER TABLE events ADD COLUMN newer_note text NOT NULL DEFAULT '';"
        "ALTER TABLE invoice_changes ADD COLUMN newer_note text;"
        "CREATE INDEX newer_invoices ON invoices (newer_number, id);"
        "CREATE TABLE newer (invoice_id text PRIMARY KEY);"
        "INSERT INTO quittance_schema (version, name, checksum) VALUES (" +
            newer_version() + ", 'newer', ''); COMMIT");
}

void expect_refusals(const TroubledStore& store, Ledger& ledger) {
    auto client = store.client();
    CHECK(store.becomes_unready("schema"));
    CHECK(ledger.call(client) == grpc::StatusCode::UNAVAILABLE);
    CHECK(code_of_get(client) == grpc::StatusCode::UNAVAILABLE);
    CHECK(ledger.webhook(store.webhooks()) == 503);
}

void expect_recovery(TroubledStore& store, Ledger& ledger, const std::string& url) {
    auto client = store.client();
    CHECK(store.becomes_ready());
    REQUIRE(ledger.settle(client));
    CHECK(ledger.webhook(store.webhooks()) == 200);
    CHECK(ledger.has_what_was_acknowledged(url));
    CHECK(ledger.is_exact(url));
    CHECK(store.running());
}

}  // namespace

TEST_CASE("a migration that is pending is waited for") {
    Database database;
    TroubledStore store(database.url(), "off");
    Ledger ledger("pending");
    expect_refusals(store, ledger);
    CHECK_THAT(store.readiness().body, Catch::Contains("schema version 0, waiting for"));
    migrate(database.url());
    expect_recovery(store, ledger, database.url());
}

TEST_CASE("a migration that stopped half way is waited for") {
    Database database;
    {
        const auto connection = postgres::connect(database.url(), std::chrono::milliseconds(0));
        postgres::migrate(*connection, invoice_store::schema_migrations().first(1));
    }
    TroubledStore store(database.url(), "off");
    Ledger ledger("half");
    expect_refusals(store, ledger);
    CHECK_THAT(store.readiness().body, Catch::Contains("schema version 1, waiting for"));
    migrate(database.url());
    expect_recovery(store, ledger, database.url());
}

TEST_CASE("who migrates does not touch a schema that is newer, and says so") {
    Database database;
    migrate(database.url());
    migrate_further(database.url());
    TroubledStore store(database.url(), "auto");
    Ledger ledger("newer");
    expect_refusals(store, ledger);
    CHECK(eventually([&] {
        return store.readiness().body.find("schema version " + newer_version() + " (newer)") != std::string::npos;
    }));
    run(database.url(), "DELETE FROM quittance_schema WHERE version = " + newer_version());
    expect_recovery(store, ledger, database.url());
}

TEST_CASE("in a rollout the older program goes on with the newer schema") {
    Database database;
    migrate(database.url());
    migrate_further(database.url());
    TroubledStore store(database.url(), "off");
    Ledger ledger("rollout");
    expect_recovery(store, ledger, database.url());
}

TEST_CASE("a newer step is taken while the older program is at work, and nothing is refused") {
    Database database;
    migrate(database.url());
    TroubledStore store(database.url(), "off");
    Ledger ledger("at_work");
    auto client = store.client();
    REQUIRE(store.becomes_ready());
    // Statements are prepared on every connection by now, with the columns of before.
    constexpr int kTimes = 20;
    const auto work = [&] {
        for (int i = 0; i < kTimes; ++i) {
            CHECK(ledger.call(client) == grpc::StatusCode::OK);
            CHECK(ledger.webhook(store.webhooks()) == 200);
            const auto code = code_of_get(client);
            CHECK((code == grpc::StatusCode::OK || code == grpc::StatusCode::NOT_FOUND));
        }
    };
    work();
    migrate_further(database.url());
    work();
    CHECK(ledger.has_what_was_acknowledged(database.url()));
    CHECK(ledger.is_exact(database.url()));
    CHECK(store.running());
}

TEST_CASE("counts that an older program left wrong are made anew while writers are at work") {
    Database database;
    migrate(database.url());
    TroubledStore store(database.url(), "off");
    Ledger ledger("counts");
    REQUIRE(store.becomes_ready());
    std::atomic<bool> stop{false};
    std::atomic<int> answered{0};
    std::thread writing([&] {
        auto client = store.client();
        while (!stop) {
            ledger.call(client);
            ++answered;
        }
    });
    REQUIRE(eventually([&] { return answered > 20; }));
    run(database.url(), "UPDATE invoice_totals SET invoices = invoices + 7");
    run(database.url(), "UPDATE invoice_counts SET invoices = 0");
    run(database.url(), "BEGIN; SELECT pg_advisory_xact_lock(" + std::to_string(invoice_store::kRegistrationLock) +
                            "); SELECT rebuild_invoice_counts(500); COMMIT");
    const int by_then = answered;
    CHECK(eventually([&] { return answered > by_then + 20; }));
    stop = true;
    writing.join();
    auto client = store.client();
    REQUIRE(ledger.settle(client));
    CHECK(ledger.is_exact(database.url()));
    pqxx::connection connection(database.url());
    pqxx::nontransaction session(connection);
    const auto row = session.exec1(
        "SELECT (SELECT sum(invoices) FROM invoice_counts WHERE scope_id = '' AND digits = 2), count(*) FROM invoices");
    CHECK(row[0].as<long>() == row[1].as<long>());
}
