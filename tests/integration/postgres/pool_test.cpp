// The pool on a real server: limits, deadlines, results.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>

#include "integration/postgres/pool_fixture.hpp"
#include "support/patience.hpp"

using namespace quittance;
using namespace std::chrono_literals;
using test::PoolFixture;

TEST_CASE("a job's result comes back to the coroutine") {
    PoolFixture fixture;
    const auto answer = fixture.run("SELECT 6 * 7");
    REQUIRE(answer.has_value());
    CHECK(*answer == "42");
}

TEST_CASE("a failing statement is INTERNAL, says nothing of the database, and spares the connection") {
    PoolFixture fixture({.connections = 1});
    const auto before = fixture.run("SELECT pg_backend_pid()");
    const auto answer = fixture.run("SELECT 'secret'::integer");
    REQUIRE(answer.has_error());
    CHECK(answer.error().error_code() == grpc::StatusCode::INTERNAL);
    CHECK(answer.error().error_message().find("secret") == std::string::npos);
    CHECK(*fixture.run("SELECT pg_backend_pid()") == *before);
}

TEST_CASE("a statement that takes too long is UNAVAILABLE") {
    PoolFixture fixture({.connections = 1, .statement_timeout = 1s});
    const auto answer = fixture.run("SELECT pg_sleep(30)");
    REQUIRE(answer.has_error());
    CHECK(answer.error().error_code() == grpc::StatusCode::UNAVAILABLE);
    CHECK(rpc::detail_of(answer.error()).reason() == "database_timeout");
    // The next one works; on a slow machine it, too, may take that long.
    auto next = fixture.run("SELECT 1");
    REQUIRE(test::eventually([&] { return next.has_value() || (next = fixture.run("SELECT 1")).has_value(); }));
    CHECK(*next == "1");
}

TEST_CASE("acquire gives up after its timeout, and waits for a connection that comes back") {
    PoolFixture fixture({.connections = 2});
    auto first = std::make_optional(fixture.pool().acquire(30s));
    auto second = fixture.pool().acquire(30s);
    CHECK_THROWS_AS(fixture.pool().acquire(10ms), postgres::PoolExhausted);
    auto waiting = std::async(std::launch::async, [&] {
        auto lease = fixture.pool().acquire(30s);
        pqxx::nontransaction session(*lease);
        return session.exec1("SELECT 1")[0].as<int>();
    });
    first.reset();
    CHECK(waiting.get() == 1);
}

TEST_CASE("a job whose deadline passed while it waited is not run") {
    PoolFixture fixture({.connections = 1});
    auto lease = std::make_optional(fixture.pool().acquire(30s));
    const auto answer = fixture.run("CREATE TABLE never (n integer)", 20ms);
    REQUIRE(answer.has_error());
    // RESOURCE_EXHAUSTED: the thread waited for the connection; DEADLINE_EXCEEDED: it never came to wait.
    const auto code = answer.error().error_code();
    CHECK((code == grpc::StatusCode::RESOURCE_EXHAUSTED || code == grpc::StatusCode::DEADLINE_EXCEEDED));
    lease.reset();
    CHECK(*fixture.run("SELECT coalesce(to_regclass('never')::text, 'none')") == "none");
}

TEST_CASE("a full queue refuses at once") {
    PoolFixture fixture({.connections = 1, .queued_jobs = 3});
    auto lease = std::make_optional(fixture.pool().acquire(30s));
    boost::asio::io_context loop;
    int refused = 0;
    int served = 0;
    // One job is with the thread that waits for the connection, three wait in the queue; the rest finds no place.
    // The thread may not have taken its job yet: then one more is refused.
    const auto deadline = std::chrono::system_clock::now() + 30s;
    for (int i = 0; i < 10; ++i)
        boost::asio::co_spawn(
            loop,
            [&]() -> boost::asio::awaitable<void> {
                const auto work = [](pqxx::connection&) -> rpc::Result<int> { return 1; };
                const auto answer = co_await fixture.pool().run(work, deadline);
                if (answer.has_value()) {
                    ++served;
                } else {
                    CHECK(answer.error().error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
                    if (++refused == 6) lease.reset();
                }
            },
            boost::asio::detached);
    loop.run();
    CHECK(served + refused == 10);
    CHECK(served >= 3);
    CHECK(served <= 4);
}

TEST_CASE("statements are prepared on every new connection") {
    PoolFixture fixture({.connections = 1, .prepare = [](pqxx::connection& connection) {
                             connection.prepare("answer", "SELECT 42 + $1::integer");
                         }});
    for (int round = 0; round < 3; ++round) {
        auto lease = fixture.pool().acquire(30s);
        {
            pqxx::nontransaction session(*lease);
            CHECK(session.exec_prepared1("answer", round)[0].as<int>() == 42 + round);
        }
        lease.discard();
    }
}

TEST_CASE("the destructor finishes what is queued") {
    boost::asio::io_context loop;
    int served = 0;
    {
        PoolFixture fixture({.connections = 2});
        const auto deadline = std::chrono::system_clock::now() + 30s;
        for (int i = 0; i < 50; ++i)
            boost::asio::co_spawn(
                loop,
                [&]() -> boost::asio::awaitable<void> {
                    const auto work = [](pqxx::connection& connection) -> rpc::Result<int> {
                        pqxx::nontransaction session(connection);
                        return session.exec1("SELECT 1")[0].as<int>();
                    };
                    const auto answer = co_await fixture.pool().run(work, deadline);
                    if (answer.has_value()) ++served;
                },
                boost::asio::detached);
        loop.poll();
    }
    loop.restart();
    loop.run();
    CHECK(served == 50);
}
