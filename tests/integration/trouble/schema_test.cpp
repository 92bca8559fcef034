// The schema is not this program's yet, or not any more.
#include "invoice_store/schema.hpp"

#include <catch2/catch.hpp>
#include <pqxx/pqxx>
#include <string>

#include "integration/trouble/ledger.hpp"
#include "postgres/connection.hpp"
#include "postgres/migrations.hpp"
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

// A step that this program does not know; it adds, as steps do.
void migrate_further(const std::string& url) {
    run(url, "INSERT INTO quittance_schema (version, name, checksum) VALUES (" + newer_version() + ", 'newer', '')");
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
    CHECK(wait_until([&] {
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
