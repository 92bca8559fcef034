// The role that works with the data, beside the one that owns the tables.
#include "postgres/data_access.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "postgres/migrations.hpp"
#include "support/postgres.hpp"

using namespace quittance;
using postgres::Migration;

namespace {

constexpr std::array<Migration, 2> kScripts = {{
    {1, "one", "CREATE TABLE first (n bigint GENERATED ALWAYS AS IDENTITY, t text); CREATE TABLE second (n integer)"},
    {2, "two", "CREATE TABLE third (n integer)"},
}};

// Roles belong to the whole server, so each test has names of its own.
class Roles {
  public:
    explicit Roles(const test::Database& database) : database_(database) {
        pqxx::connection connection(database.url());
        pqxx::nontransaction session(connection);
        for (const auto& role : {owner(), worker()})
            session.exec0("CREATE ROLE " + role + " LOGIN PASSWORD '" + kPassword + "'");
        session.exec0("GRANT CREATE ON SCHEMA public TO " + owner());
    }
    ~Roles() {
        pqxx::connection connection(database_.url());
        pqxx::nontransaction session(connection);
        for (const auto& role : {owner(), worker()}) session.exec0("DROP OWNED BY " + role + "; DROP ROLE " + role);
    }
    Roles(const Roles&) = delete;
    Roles& operator=(const Roles&) = delete;

    std::string owner() const { return database_.name() + "_owner"; }
    std::string worker() const { return database_.name() + "_worker"; }
    std::string url(const std::string& role) const {
        const auto& url = database_.url();
        return "postgresql://" + role + ":" + kPassword + url.substr(url.find('@'));
    }

  private:
    static constexpr const char* kPassword = "of-a-test";
    const test::Database& database_;
};

constexpr const char* kDenied = "denied";

std::string failure_of(pqxx::connection& connection, const std::string& sql) {
    try {
        pqxx::work transaction(connection);
        transaction.exec(sql);
        return {};
    } catch (const pqxx::insufficient_privilege&) {
        return kDenied;  // libpqxx 6.4 gives it no SQLSTATE
    } catch (const pqxx::sql_error& failure) {
        return failure.sqlstate();
    }
}

}  // namespace

TEST_CASE("the role of the data reads and writes rows, and changes no table") {
    const test::Database database;
    const Roles roles(database);
    pqxx::connection owner(roles.url(roles.owner()));
    pqxx::connection worker(roles.url(roles.worker()));
    postgres::migrate(owner, kScripts);
    CHECK(failure_of(worker, "SELECT * FROM first") == kDenied);
    postgres::grant_data_access(owner, roles.worker());
    CHECK(postgres::tables_without_access(worker).empty());
    for (const auto* sql :
         {"INSERT INTO first (t) VALUES ('a')", "UPDATE first SET t = 'b'", "SELECT * FROM first FOR UPDATE",
          "DELETE FROM first", "SELECT max(version) FROM quittance_schema"}) {
        INFO(sql);
        CHECK(failure_of(worker, sql).empty());
    }
    for (const auto* sql : {"DROP TABLE first", "ALTER TABLE first ADD COLUMN x text", "TRUNCATE first",
                            "CREATE TABLE x (n integer)", "CREATE INDEX ON first (t)",
                            "INSERT INTO quittance_schema VALUES (3, 'x', 'x')", "DELETE FROM quittance_schema"}) {
        INFO(sql);
        CHECK(failure_of(worker, sql) == kDenied);
    }
    // It migrates nothing, and that is said before anything is tried.
    CHECK(postgres::migrate(worker, kScripts) == 0);
    postgres::grant_data_access(owner, roles.worker());
    postgres::grant_data_access(owner, roles.owner());
    CHECK_THROWS_AS(postgres::grant_data_access(owner, "nobody_of_that_name"), postgres::NoSuchRole);
}

TEST_CASE("a role that is not the owner's does not migrate") {
    const test::Database database;
    const Roles roles(database);
    pqxx::connection owner(roles.url(roles.owner()));
    pqxx::connection worker(roles.url(roles.worker()));
    CHECK_THROWS_WITH(postgres::migrate(worker, kScripts),
                      Catch::Contains("no schema") && Catch::Contains(roles.worker()));
    postgres::migrate(owner, std::span(kScripts).first(1));
    postgres::grant_data_access(owner, roles.worker());
    CHECK_THROWS_AS(postgres::migrate(worker, kScripts), postgres::MayNotMigrate);
    CHECK_THROWS_WITH(postgres::migrate(worker, kScripts),
                      Catch::Contains("schema version 1") && Catch::Contains("needs version 2"));
    // Tables that came later need rights as well.
    postgres::migrate(owner, kScripts);
    CHECK(postgres::tables_without_access(worker) == "third");
    postgres::grant_data_access(owner, roles.worker());
    CHECK(postgres::tables_without_access(worker).empty());
}
