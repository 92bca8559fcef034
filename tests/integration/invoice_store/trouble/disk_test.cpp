// PostgreSQL's disk is full: that of its tables, and that of its log, at which it stops itself.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>

#include "integration/invoice_store/trouble/ledger.hpp"
#include "support/patience.hpp"
#include "support/postgres.hpp"

using namespace quittance;
using namespace quittance::test;

namespace {

constexpr std::size_t kLargePayload = 200'000;

// Nothing: this process may not mount, and whoever runs it said that this is all right.
std::unique_ptr<PostgresServer> server_with_small(PostgresOptions::Part part) {
    PostgresOptions options;
    options.on_small_disk = part;
    if (part == PostgresOptions::Part::kLog) options.settings = {"max_wal_size=8MB", "min_wal_size=2MB"};
    try {
        return std::make_unique<PostgresServer>(options);
    } catch (const CannotMount& refusal) {
        if (std::getenv("QUITTANCE_TEST_WITHOUT_MOUNTS") == nullptr) FAIL(refusal.what());
        WARN("NOT TESTED: " << refusal.what());
        return nullptr;
    }
}

// What is left in files that are there already is used up first.
bool write_until_refused(Ledger& ledger, StoreClient& client) {
    return eventually([&] { return ledger.call(client, kLargePayload) == grpc::StatusCode::UNAVAILABLE; });
}

}  // namespace

TEST_CASE("the disk of the tables is full") {
    const auto postgres = server_with_small(PostgresOptions::Part::kTables);
    if (!postgres) return;
    TroubledStore store(postgres->url());
    REQUIRE(store.becomes_ready());
    Ledger ledger("full");
    auto client = store.client();
    REQUIRE(ledger.call(client) == grpc::StatusCode::OK);
    REQUIRE(ledger.webhook(store.webhooks()) == 200);

    postgres->small_disk().fill();
    REQUIRE(write_until_refused(ledger, client));
    CHECK(store.becomes_unready("writes"));
    for (int i = 0; i < 5; ++i) CHECK(ledger.call(client, kLargePayload) == grpc::StatusCode::UNAVAILABLE);
    CHECK(code_of_get(client) == grpc::StatusCode::NOT_FOUND);  // reads go on
    // It stays so although nothing is written any more.
    CHECK(store.becomes_unready("writes"));
    CHECK(ledger.has_what_was_acknowledged(postgres->url()));

    postgres->small_disk().free();
    CHECK(store.becomes_ready());
    REQUIRE(ledger.settle(client));
    CHECK(ledger.webhook(store.webhooks()) == 200);
    CHECK(ledger.has_what_was_acknowledged(postgres->url()));
    CHECK(ledger.is_exact(postgres->url()));
    CHECK(store.running());
}

TEST_CASE("the disk of the write-ahead log is full, and PostgreSQL stops itself") {
    const auto postgres = server_with_small(PostgresOptions::Part::kLog);
    if (!postgres) return;
    TroubledStore store(postgres->url());
    REQUIRE(store.becomes_ready());
    Ledger ledger("log");
    auto client = store.client();
    REQUIRE(ledger.webhook(store.webhooks()) == 200);

    postgres->small_disk().fill();
    REQUIRE(write_until_refused(ledger, client));
    // It may come up again for as long as what it writes fits; sooner or later it does not.
    CHECK(eventually([&] {
        return store.readiness().status == 503 && ledger.call(client, kLargePayload) == grpc::StatusCode::UNAVAILABLE;
    }));
    CHECK(store.becomes_unready("database"));
    CHECK(ledger.webhook(store.webhooks()) == 503);

    // Somebody makes room, and whoever looks after PostgreSQL starts it again. Nobody touches ours.
    postgres->small_disk().free();
    postgres->stop();
    postgres->start();
    CHECK(store.becomes_ready());
    CHECK(ledger.has_what_was_acknowledged(postgres->url()));
    REQUIRE(ledger.settle(client));
    CHECK(ledger.webhook(store.webhooks()) == 200);
    CHECK(ledger.is_exact(postgres->url()));
    CHECK(store.running());
}
