// Somebody else has all connections that PostgreSQL gives.
#include <catch2/catch.hpp>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "integration/invoice_store/trouble/ledger.hpp"
#include "support/patience.hpp"
#include "support/postgres.hpp"

using namespace quittance;
using namespace quittance::test;

namespace {

constexpr std::size_t kConnections = 15;

PostgresServer small_server() {
    return PostgresServer({.settings = {"max_connections=" + std::to_string(kConnections),
                                        "superuser_reserved_connections=0", "max_wal_senders=0"}});
}

// Every connection that there is: takes them one by one, and ends those of others until it has all.
std::vector<std::unique_ptr<pqxx::connection>> take_all(const std::string& url) {
    std::vector<std::unique_ptr<pqxx::connection>> taken;
    const bool all = eventually([&] {
        try {
            while (taken.size() < kConnections) {
                auto connection = std::make_unique<pqxx::connection>(url);
                pqxx::nontransaction(*connection).exec("SET application_name = 'somebody else'");
                taken.push_back(std::move(connection));
            }
            return true;
        } catch (const pqxx::broken_connection&) {
            if (!taken.empty())
                pqxx::nontransaction(*taken.front())
                    .exec(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE backend_type = 'client backend' AND application_name <> 'somebody else'");
            return false;
        }
    });
    REQUIRE(all);
    return taken;
}

}  // namespace

TEST_CASE("connections exhausted while the store runs, and between its start and its first use") {
    auto postgres = small_server();
    TroubledStore store(postgres.url());
    Ledger ledger("exhausted");
    auto client = store.client();
    const bool used_before = GENERATE(true, false);
    if (used_before) {
        REQUIRE(store.becomes_ready());
        REQUIRE(ledger.call(client) == grpc::StatusCode::OK);
        REQUIRE(ledger.webhook(store.webhooks()) == 200);
    } else {
        // The schema is there, and no pool has a connection yet.
        REQUIRE(eventually([&] { return code_of_get(client) == grpc::StatusCode::NOT_FOUND; }));
    }
    auto taken = take_all(postgres.url());
    CHECK(store.becomes_unready("database"));
    CHECK(store.becomes_unready("database_reads"));
    for (int i = 0; i < 5; ++i) {
        CHECK(ledger.call(client) == grpc::StatusCode::UNAVAILABLE);
        CHECK(ledger.webhook(store.webhooks()) == 503);
        CHECK(code_of_get(client) == grpc::StatusCode::UNAVAILABLE);
    }
    taken.clear();
    CHECK(store.becomes_ready());
    CHECK(ledger.has_what_was_acknowledged(postgres.url()));
    REQUIRE(ledger.settle(client));
    CHECK(ledger.webhook(store.webhooks()) == 200);
    CHECK(ledger.is_exact(postgres.url()));
    CHECK(store.running());
}

TEST_CASE("connections exhausted before the store starts") {
    auto postgres = small_server();
    auto taken = take_all(postgres.url());
    TroubledStore store(postgres.url());
    Ledger ledger("first");
    auto client = store.client();
    CHECK(store.becomes_unready("schema"));
    CHECK(ledger.call(client) == grpc::StatusCode::UNAVAILABLE);
    CHECK(ledger.webhook(store.webhooks()) == 503);
    taken.clear();
    CHECK(store.becomes_ready());
    REQUIRE(ledger.settle(client));
    CHECK(ledger.is_exact(postgres.url()));
    CHECK(store.running());
}
