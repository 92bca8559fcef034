// Migrations on a real database: order, lock, refusal.
#include "postgres/migrations.hpp"

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "support/postgres.hpp"

using namespace quittance;
using postgres::Migration;

namespace {

constexpr std::array<Migration, 3> kScripts = {{
    {1, "one", "CREATE TABLE first (n integer NOT NULL); INSERT INTO first VALUES (1)"},
    {2, "two", "INSERT INTO first SELECT n + 1 FROM first"},
    {3, "three", "CREATE TABLE second AS SELECT count(*) AS rows FROM first"},
}};

int rows_of_second(pqxx::connection& connection) {
    pqxx::nontransaction session(connection);
    return session.exec1("SELECT rows FROM second")[0].as<int>();
}

}  // namespace

TEST_CASE("migrations are applied in order, once") {
    const test::Database database;
    pqxx::connection connection(database.url());
    CHECK(postgres::schema_version(connection) == 0);
    CHECK(postgres::migrate(connection, std::span(kScripts).first(1)) == 1);
    CHECK(postgres::schema_version(connection) == 1);
    CHECK(postgres::migrate(connection, kScripts) == 2);
    CHECK(postgres::migrate(connection, kScripts) == 0);
    CHECK(postgres::schema_version(connection) == 3);
    CHECK(rows_of_second(connection) == 2);
}

TEST_CASE("processes that migrate at once apply each script once") {
    const test::Database database;
    std::atomic<int> applied = 0;
    std::atomic<int> failures = 0;
    std::vector<std::thread> processes;
    for (int i = 0; i < 6; ++i)
        processes.emplace_back([&] {
            try {
                pqxx::connection connection(database.url());
                applied += postgres::migrate(connection, kScripts);
            } catch (const std::exception&) {
                ++failures;
            }
        });
    for (auto& process : processes) process.join();
    CHECK(failures == 0);
    CHECK(applied == 3);
    pqxx::connection connection(database.url());
    CHECK(rows_of_second(connection) == 2);
}

TEST_CASE("a newer schema is refused") {
    const test::Database database;
    pqxx::connection connection(database.url());
    postgres::migrate(connection, kScripts);
    CHECK_THROWS_AS(postgres::migrate(connection, std::span(kScripts).first(2)), postgres::SchemaMismatch);
    CHECK(postgres::schema_version(connection) == 3);
}

TEST_CASE("a script that changed after it was applied is refused") {
    const test::Database database;
    pqxx::connection connection(database.url());
    postgres::migrate(connection, kScripts);
    auto changed = kScripts;
    changed[1].sql = "INSERT INTO first SELECT n + 2 FROM first";
    CHECK_THROWS_WITH(postgres::migrate(connection, changed), Catch::Contains("two"));
}

TEST_CASE("scripts without a gapless numbering are refused") {
    const test::Database database;
    pqxx::connection connection(database.url());
    auto gap = kScripts;
    gap[2].version = 4;
    CHECK_THROWS_AS(postgres::migrate(connection, gap), postgres::SchemaMismatch);
    CHECK(postgres::schema_version(connection) == 0);
}

TEST_CASE("a script that fails leaves nothing, and those before it stay") {
    const test::Database database;
    pqxx::connection connection(database.url());
    auto failing = kScripts;
    failing[2].sql = "CREATE TABLE half (n integer); SELECT 1 / 0";
    CHECK_THROWS_AS(postgres::migrate(connection, failing), pqxx::sql_error);
    CHECK(postgres::schema_version(connection) == 2);
    {
        pqxx::nontransaction session(connection);
        CHECK(session.exec1("SELECT to_regclass('half')")[0].is_null());
    }
    // The lock is free again, and the mended script goes through.
    CHECK(postgres::migrate(connection, kScripts) == 1);
}

TEST_CASE("a script does not keep a table from everybody while it waits for it") {
    const test::Database database;
    pqxx::connection connection(database.url());
    auto altering = kScripts;
    altering[2].sql = "CREATE TABLE second AS SELECT 2 AS rows; ALTER TABLE first ADD COLUMN more integer";
    postgres::migrate(connection, std::span(altering).first(2));
    pqxx::connection other(database.url());
    {
        pqxx::work long_one(other);
        long_one.exec1("SELECT count(*) FROM first");
        CHECK_THROWS_AS(postgres::migrate(connection, altering), postgres::TableInUse);
        CHECK(postgres::schema_version(connection) == 2);
        long_one.exec1("SELECT count(more_or_less) FROM (SELECT n AS more_or_less FROM first) f");
    }
    CHECK(postgres::migrate(connection, altering) == 1);
}
