// The pool when the database fails: killed sessions, a server that stops and comes back, one that was never there.
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "integration/postgres/pool_fixture.hpp"
#include "postgres/failure.hpp"
#include "support/patience.hpp"

using namespace quittance;
using namespace std::chrono_literals;
using test::PoolFixture;

TEST_CASE("idle connections that the server ended are replaced before a job meets them") {
    PoolFixture fixture({.connections = 1});
    const auto before = *fixture.run("SELECT pg_backend_pid()");
    CHECK(fixture.database().terminate_sessions() == 1);
    const auto after = fixture.run("SELECT pg_backend_pid()");
    REQUIRE(after.has_value());
    CHECK(*after != before);
}

TEST_CASE("a job whose session is ended under it is UNAVAILABLE, the next one works") {
    PoolFixture fixture({.connections = 1});
    const auto answer = fixture.run("SELECT pg_terminate_backend(pg_backend_pid())");
    REQUIRE(answer.has_error());
    CHECK(answer.error().error_code() == grpc::StatusCode::UNAVAILABLE);
    CHECK(rpc::detail_of(answer.error()).retry_after_ms() > 0);
    CHECK(*fixture.run("SELECT 1") == "1");
}

TEST_CASE("a server that stops and comes back needs no new pool") {
    test::PostgresServer server;
    runtime::Metrics metrics;
    postgres::Pool pool({.url = server.url(), .name = "test", .connections = 2}, metrics);
    REQUIRE(pool.healthy(30s));
    server.stop();
    // Fresh proof of health may be a second old; then it says no.
    const auto becomes = [&](bool healthy) { return test::eventually([&] { return pool.healthy(5s) == healthy; }); };
    CHECK(becomes(false));
    CHECK_THROWS_AS(pool.acquire(30s), pqxx::broken_connection);
    server.start();
    CHECK(becomes(true));
    CHECK_NOTHROW(pool.acquire(30s));
}

TEST_CASE("a database that cannot be reached is tried once per back-off, not once per caller") {
    runtime::Metrics metrics;
    // Port 1 of the loopback refuses at once.
    postgres::Pool pool({.url = "postgresql://nobody@127.0.0.1:1/none", .name = "test"}, metrics);
    int attempts = 0;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 1'000; ++i) {
        try {
            pool.acquire(1s);
        } catch (const pqxx::broken_connection& failure) {
            if (std::string(failure.what()).find("a moment ago") == std::string::npos) ++attempts;
        }
    }
    const auto elapsed = std::chrono::steady_clock::now() - start;
    CHECK(attempts >= 1);
    CHECK(attempts <= 2 + elapsed / 50ms);
}

TEST_CASE("failures are told apart, libpqxx's odd branches of its exception tree included") {
    using postgres::FailureKind;
    const auto kind = [](const auto& exception) { return postgres::classify(std::make_exception_ptr(exception)).kind; };
    CHECK(kind(pqxx::broken_connection("x")) == FailureKind::kConnectionLost);
    CHECK(kind(pqxx::too_many_connections("x")) == FailureKind::kConnectionLost);
    CHECK(kind(pqxx::in_doubt_error("x")) == FailureKind::kConnectionLost);
    CHECK(kind(pqxx::serialization_failure("x")) == FailureKind::kRetryAtOnce);
    CHECK(kind(pqxx::deadlock_detected("x")) == FailureKind::kRetryAtOnce);
    CHECK(kind(pqxx::statement_completion_unknown("x")) == FailureKind::kConnectionLost);
    CHECK(kind(pqxx::unique_violation("x", "q", "23505")) == FailureKind::kBadData);
    CHECK(kind(pqxx::data_exception("x", "q", "22003")) == FailureKind::kBadData);
    CHECK(kind(pqxx::sql_error("x", "q", "57014")) == FailureKind::kUnavailable);
    CHECK(kind(pqxx::sql_error("x", "q", "57P01")) == FailureKind::kConnectionLost);
    CHECK(kind(pqxx::disk_full("x", "q", "53100")) == FailureKind::kUnavailable);
    CHECK(kind(pqxx::sql_error("x", "q", "25006")) == FailureKind::kUnavailable);
    CHECK(kind(pqxx::sql_error("x", "q", "")) == FailureKind::kConnectionLost);
    CHECK(kind(pqxx::undefined_table("x", "q", "42P01")) == FailureKind::kBug);
    CHECK(kind(postgres::PoolExhausted("x")) == FailureKind::kExhausted);
    CHECK(kind(std::logic_error("x")) == FailureKind::kBug);
}
