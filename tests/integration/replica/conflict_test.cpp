// A read that the replica cancels, because replaying the log would take away what it looks at, is repeated on the
// primary. And a primary that takes no more writes is left, for a new connection may find the one that does.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <thread>

#include "integration/postgres/pool_fixture.hpp"
#include "integration/replica/replicated_stack.hpp"
#include "invoice_store/database/schema.hpp"
#include "invoice_store/replica/read_route.hpp"
#include "postgres/connection.hpp"
#include "postgres/migrations.hpp"
#include "support/patience.hpp"

using namespace quittance;
using namespace quittance::test;
using namespace std::chrono_literals;

namespace {

// On the replica a statement that would take a minute and looks at the table all the while; elsewhere a word.
rpc::Result<std::string> look_for_long(pqxx::connection& connection) {
    pqxx::nontransaction session(connection);
    if (!session.exec1("SELECT pg_is_in_recovery()")[0].as<bool>()) return std::string("from the primary");
    session.exec("SELECT (SELECT count(*) FROM going), pg_sleep(60)");
    return std::string("from the replica");
}

}  // namespace

TEST_CASE("what the replica cancels in favour of replay is repeated on the primary") {
    PostgresServer primary;
    PostgresServer server({.settings = {"max_standby_streaming_delay=0"}, .replica_of = &primary});
    {
        const auto connection = postgres::connect(primary.url(), 0ms);
        postgres::migrate(*connection, invoice_store::schema_migrations());
    }
    run_at(primary, "CREATE TABLE going AS SELECT n FROM generate_series(1, 1000) AS numbers(n)");
    runtime::Metrics metrics;
    postgres::Pool reads({.url = primary.url(), .name = "read", .connections = 1}, metrics);
    invoice_store::ReplicaOptions options;
    options.primary_url = primary.url();
    options.replica_url = server.url();
    options.schema_version = static_cast<int>(invoice_store::schema_migrations().size());
    invoice_store::Replica replica(
        {.url = server.url(), .name = "replica", .connections = 1, .statement_timeout = 120s}, options, metrics);
    invoice_store::ReadRoute route(reads, &replica, metrics);
    const auto position = value_at(primary, std::string("SELECT ") + invoice_store::kCurrentWalPosition);
    const auto preference = invoice_store::ReadPreference::of(position);
    REQUIRE(preference.after.offset > 0);
    REQUIRE(eventually(
        [&] { return replica.monitor.use_for(preference.after) == invoice_store::ReplicaMonitor::Use::kYes; }));

    boost::asio::io_context loop;
    auto answer = boost::asio::co_spawn(
        loop, [&] { return route.run(look_for_long, preference, std::chrono::system_clock::now() + 120s); },
        boost::asio::use_future);
    std::thread thread([&loop] { loop.run(); });
    CHECK(eventually([&] {
        return value_at(server,
                        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%FROM going%'"
                        " AND wait_event = 'PgSleep'") == "1";
    }));
    run_at(primary, "DELETE FROM going");
    // What another session may still see is left for the next time.
    CHECK(eventually([&] {
        run_at(primary, "VACUUM going");
        return answer.wait_for(100ms) == std::future_status::ready;
    }));
    thread.join();
    const auto word = answer.get();
    REQUIRE(word.has_value());
    CHECK(*word == "from the primary");
    CHECK(eventually(
        [&] { return replica.monitor.use_for(preference.after) == invoice_store::ReplicaMonitor::Use::kYes; }));
}

TEST_CASE("a connection to a primary that has become read-only is thrown away") {
    PoolFixture fixture({.connections = 1});
    const auto before = *fixture.run("SELECT pg_backend_pid()");
    REQUIRE(fixture.run("SET default_transaction_read_only = on").has_value());
    REQUIRE(*fixture.run("SELECT pg_backend_pid()") == before);
    const auto refused = fixture.run("CREATE TABLE refused (n integer)");
    REQUIRE(refused.has_error());
    CHECK(refused.error().error_code() == grpc::StatusCode::UNAVAILABLE);
    CHECK(*fixture.run("SELECT pg_backend_pid()") != before);
    CHECK(fixture.run("CREATE TABLE taken (n integer)").has_value());
}
