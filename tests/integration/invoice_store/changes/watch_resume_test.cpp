// Resuming a watch: with valid, invalid and expired tokens, and after the store or its database was unavailable.
#include <catch2/catch.hpp>
#include <optional>
#include <thread>

#include "integration/invoice_store/changes/watching.hpp"
#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "invoice_store/changes/change_log.hpp"
#include "invoice_store/database/schema.hpp"
#include "postgres/connection.hpp"
#include "postgres/migrations.hpp"
#include "rpc/status.hpp"
#include "support/patience.hpp"
#include "support/postgres.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using namespace std::chrono_literals;
using test::from_token;
using test::make_event;
using test::Watching;

namespace {

struct Running {
    test::StoreDatabase database;
    test::StoreServer server{database.url()};
    test::StoreClient client{server.stub()};
    std::unique_ptr<v1::InvoiceStore::Stub> stub{server.stub()};
};

void expect_too_old(const grpc::Status& status) {
    CHECK(status.error_code() == grpc::StatusCode::OUT_OF_RANGE);
    CHECK(rpc::detail_of(status).reason() == "resume_token_too_old");
}

}  // namespace

TEST_CASE("a watch with a resume token continues after it") {
    Running running;
    Watching first(*running.stub, {});
    REQUIRE(first.next());
    for (int i = 0; i < 5; ++i)
        running.client.apply({make_event("evt_" + std::to_string(i), "open", 1, "in_" + std::to_string(i))});
    REQUIRE(first.change());
    const auto second = first.change();
    REQUIRE(second);
    first.cancel();
    running.client.apply({make_event("evt_5", "open", 1, "in_5")});
    Watching again(*running.stub, from_token(first.token()));
    for (int i = 2; i <= 5; ++i) {
        const auto change = again.change();
        REQUIRE(change);
        CHECK(change->invoice().stripe_invoice_id() == "in_" + std::to_string(i));
    }
}

TEST_CASE("an invalid token is refused, and a token of another database or time is too old") {
    Running running;
    Watching watching(*running.stub, {});
    REQUIRE(watching.next());
    running.client.apply({make_event("evt_1", "open", 1, "in_1")});
    REQUIRE(watching.change());
    const auto token = watching.token();

    for (const auto& bad : {std::string("x"), token.substr(1), token + "0", std::string(5'000, '1')}) {
        const auto status = Watching(*running.stub, from_token(bad)).finish();
        CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
        CHECK(rpc::detail_of(status).fields(0).field() == "resume_token");
    }
    // After a restore to a time before the change, the database gives the change's number to another change.
    running.database.run("DELETE FROM invoice_changes");
    expect_too_old(Watching(*running.stub, from_token(token)).finish());
    running.database.run("ALTER TABLE invoice_changes ALTER COLUMN seq RESTART");
    running.client.apply({make_event("evt_2", "open", 1, "in_2")});
    expect_too_old(Watching(*running.stub, from_token(token)).finish());

    Running other;
    Watching elsewhere(*other.stub, from_token(token));
    expect_too_old(elsewhere.finish());
}

TEST_CASE("trimming makes older tokens too old, and the newest token stays valid") {
    Running running;
    Watching watching(*running.stub, {});
    const auto start = watching.next();
    REQUIRE(start);
    for (int i = 0; i < 3; ++i)
        running.client.apply({make_event("evt_" + std::to_string(i), "open", 1, "in_" + std::to_string(i))});
    for (int i = 0; i < 3; ++i) REQUIRE(watching.change());
    const auto connection = running.database.connect();
    CHECK(invoice_store::trim_changes(*connection, 3'600) == 0);
    CHECK(invoice_store::trim_changes(*connection, -1) == 3);
    CHECK(running.database.value("SELECT count(*) FROM invoice_changes") == "0");
    expect_too_old(Watching(*running.stub, from_token(start->resume_token())).finish());
    // The newest token is at the horizon: no change after it is missing.
    Watching again(*running.stub, from_token(watching.token()));
    REQUIRE(again.next());
    Watching fresh(*running.stub, {});
    REQUIRE(fresh.next());
    running.client.apply({make_event("evt_9", "open", 1, "in_9")});
    for (auto* watcher : {&watching, &again, &fresh}) {
        const auto change = watcher->change();
        REQUIRE(change);
        CHECK(change->invoice().stripe_invoice_id() == "in_9");
    }
}

TEST_CASE("only one process trims at a time") {
    Running running;
    running.client.apply({make_event("evt_1", "open", 1, "in_1")});
    const auto one = running.database.connect();
    const auto other = running.database.connect();
    pqxx::work holder(*one);
    holder.exec("SELECT pg_advisory_xact_lock(" + std::to_string(0x7175'6974'7472'696d) + ")");
    CHECK(invoice_store::trim_changes(*other, -1) == 0);
    holder.abort();
    CHECK(invoice_store::trim_changes(*other, -1) == 1);
}

TEST_CASE("a stop of the store ends its streams at once") {
    Running running;
    Watching watching(*running.stub, {});
    Watching other(*running.stub, {});
    REQUIRE(watching.next());
    REQUIRE(other.next());
    const auto start = std::chrono::steady_clock::now();
    running.server.stop(240s);  // longer than the test allows: the stop must not wait for the streams
    CHECK(std::chrono::steady_clock::now() - start < 120s);
    const auto status = watching.finish();
    CHECK(status.error_code() == grpc::StatusCode::UNAVAILABLE);
    CHECK(rpc::detail_of(status).reason() == "stopping");
}

TEST_CASE("a stream survives cut database connections") {
    Running running;
    Watching watching(*running.stub, {});
    REQUIRE(watching.next());
    CHECK(running.database.database().terminate_sessions() > 0);
    grpc::Status applied = grpc::Status::CANCELLED;
    for (int i = 0; i < 1'000 && !applied.ok(); ++i)
        applied = running.client.apply({make_event("evt_1", "open", 1, "in_1")}).first;
    REQUIRE(applied.ok());
    auto change = watching.change();
    if (!change) {
        // The cut came during a statement.
        CHECK(watching.finish().error_code() == grpc::StatusCode::UNAVAILABLE);
        change = Watching(*running.stub, from_token(watching.token())).change();
    }
    REQUIRE(change);
    CHECK(change->invoice().stripe_invoice_id() == "in_1");
}

TEST_CASE("a database that becomes unavailable ends the stream, and the token stays valid") {
    test::PostgresServer postgres;
    {
        const auto connection = postgres::connect(postgres.url(), 0ms);
        postgres::migrate(*connection, invoice_store::schema_migrations());
    }
    test::StoreServer server(postgres.url());
    test::StoreClient client(server.stub());
    const auto stub = server.stub();
    Watching watching(*stub, {});
    REQUIRE(watching.next());
    client.apply({make_event("evt_1", "open", 1, "in_1")});
    REQUIRE(watching.change());
    postgres.stop();
    CHECK(watching.finish().error_code() == grpc::StatusCode::UNAVAILABLE);
    CHECK(Watching(*stub, {}).finish().error_code() == grpc::StatusCode::UNAVAILABLE);
    CHECK(Watching(*stub, from_token(watching.token())).finish().error_code() == grpc::StatusCode::UNAVAILABLE);
    postgres.start();
    REQUIRE(test::eventually([&] { return client.apply({make_event("evt_2", "open", 1, "in_2")}).first.ok(); }));
    std::optional<v1::WatchInvoicesResponse> change;
    REQUIRE(test::eventually([&] {
        change = Watching(*stub, from_token(watching.token())).change();
        return change.has_value();
    }));
    CHECK(change->invoice().stripe_invoice_id() == "in_2");
}
