// The program with two roles: one owns the tables and migrates, the other has rights on rows alone.
#include <grpcpp/create_channel.h>

#include <catch2/catch.hpp>
#include <string>

#include "integration/invoice_store/store_server.hpp"
#include "support/patience.hpp"
#include "support/postgres.hpp"
#include "support/process.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using Catch::Contains;
using test::make_event;
using Outcome = v1::EventOutcome;

namespace {

// A database as docs/operations/postgresql.md makes it.
class TwoRoles {
  public:
    TwoRoles() {
        pqxx::connection connection(server_.url());
        pqxx::nontransaction session(connection);
        session.exec0("CREATE ROLE billing_owner LOGIN; CREATE ROLE billing_store LOGIN");
        session.exec0("CREATE DATABASE billing OWNER billing_owner");
    }
    std::string url(const std::string& role) const {
        return "postgresql://" + role + "@" + server_.address() + "/billing";
    }
    test::Process store(std::map<std::string, std::string> settings) const {
        settings.merge(std::map<std::string, std::string>{{"INVOICE_STORE_LISTEN", "127.0.0.1:0"},
                                                          {"METRICS_LISTEN", "127.0.0.1:0"},
                                                          {"RPC_TRANSPORT", "plaintext"}});
        return test::Process({test::our_program("quittance-invoice-store"), {}, settings});
    }
    bool allows_store(const std::string& sql) const {
        try {
            pqxx::connection connection(url("billing_store"));
            pqxx::nontransaction session(connection);
            session.exec(sql);
            return true;
        } catch (const pqxx::insufficient_privilege&) {
            return false;
        }
    }

  private:
    test::PostgresServer server_;
};

test::StoreClient client_of(const test::Process& process) {
    return test::StoreClient(v1::InvoiceStore::NewStub(
        grpc::CreateChannel(process.address("INVOICE_STORE_LISTEN"), grpc::InsecureChannelCredentials())));
}

bool says(const test::Process& process, const std::string& words) {
    return test::eventually([&] { return process.log().find(words) != std::string::npos; });
}

}  // namespace

TEST_CASE("a store with rights on rows alone waits for a migration with a clear sentence, and then serves") {
    const TwoRoles database;
    auto store = database.store({{"DATABASE_URL", database.url("billing_store")}});
    CHECK(says(store, "the database has no schema, this program needs version"));
    CHECK(says(store,
               "the role billing_store may not migrate; run the program with MIGRATE=only and DATABASE_OWNER_URL"));

    SECTION("the owner migrates without a word about the store's role") {
        auto migration = database.store({{"MIGRATE", "only"}, {"DATABASE_OWNER_URL", database.url("billing_owner")}});
        REQUIRE(migration.wait(test::kPatience).value_or(test::Exit{1, 0}).clean());
        CHECK(says(store,
                   "may not read quittance_schema; run the program with MIGRATE=only, DATABASE_OWNER_URL and "
                   "this role's name in DATABASE_STORE_ROLE"));
    }
    auto migration = database.store({{"MIGRATE", "only"},
                                     {"DATABASE_OWNER_URL", database.url("billing_owner")},
                                     {"DATABASE_STORE_ROLE", "billing_store"}});
    REQUIRE(migration.wait(test::kPatience).value_or(test::Exit{1, 0}).clean());
    store.wait_until_ready();
    auto client = client_of(store);
    CHECK(client.apply({make_event("evt_1", "open", 1)}).second == std::vector{Outcome::APPLIED});
    for (const auto* sql : {"DROP TABLE invoices", "ALTER TABLE invoices ADD COLUMN x text", "TRUNCATE invoices",
                            "DROP FUNCTION forget_list_entry CASCADE", "CREATE TABLE mine (n integer)"}) {
        INFO(sql);
        CHECK_FALSE(database.allows_store(sql));
    }
    CHECK(store.terminate().clean());
}

TEST_CASE("a store that has both URLs migrates as the owner and works as the other") {
    const TwoRoles database;
    auto store = database.store(
        {{"DATABASE_URL", database.url("billing_store")}, {"DATABASE_OWNER_URL", database.url("billing_owner")}});
    store.wait_until_ready();
    auto client = client_of(store);
    CHECK(client.apply({make_event("evt_1", "open", 1)}).second == std::vector{Outcome::APPLIED});
    CHECK_FALSE(database.allows_store("TRUNCATE invoices"));
    CHECK(store.terminate().clean());
}

TEST_CASE("a role that is not there stops a migration with its name") {
    const TwoRoles database;
    auto migration = database.store({{"MIGRATE", "only"},
                                     {"DATABASE_OWNER_URL", database.url("billing_owner")},
                                     {"DATABASE_STORE_ROLE", "mistyped"}});
    const auto ended = migration.wait(test::kPatience);
    REQUIRE(ended);
    CHECK(ended->code == 1);
    CHECK_THAT(migration.log(), Contains("there is no role mistyped"));
}
