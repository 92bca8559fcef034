// The life of a process, each in a child of its own: signals, budgets, blocking work beside the loop.
#include "runtime/process.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "runtime/log.hpp"
#include "unit/runtime/child.hpp"

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using quittance::runtime::run_blocking;
using quittance::runtime::run_until_signal;
using quittance::test::in_child;
namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kBudget = 10min;  // more than any stop takes, however slow the machine

using Stop = std::function<asio::awaitable<void>(std::chrono::steady_clock::time_point)>;

// Runs until the signals came, one after the other as soon as the loop can take it.
int run_with(std::vector<int> signals, std::chrono::milliseconds budget, Stop stop) {
    quittance::runtime::start_log("test", "text", "error");
    asio::io_context loop{1};
    for (const int signal : signals) asio::post(loop, [signal] { std::raise(signal); });
    return run_until_signal(loop, budget, std::move(stop)) ? 0 : 7;
}

asio::awaitable<void> wait_for_ever() {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

TEST_CASE("SIGTERM and SIGINT run the stop on the loop, with the budget as its deadline") {
    for (const int signal : {SIGTERM, SIGINT}) {
        const auto result = in_child([signal] {
            bool stopped = false;
            const auto before = std::chrono::steady_clock::now();
            const int code = run_with({signal}, kBudget, [&](auto deadline) -> asio::awaitable<void> {
                stopped = deadline >= before + kBudget && deadline <= std::chrono::steady_clock::now() + kBudget;
                co_return;
            });
            return stopped ? code : 9;
        });
        CHECK(result.exit_code == 0);
    }
}

TEST_CASE("a stop that throws is no clean one") {
    const auto result = in_child([] {
        return run_with({SIGTERM}, kBudget, [](auto) -> asio::awaitable<void> {
            co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
            throw std::runtime_error("no");
        });
    });
    CHECK(result.exit_code == 7);
}

TEST_CASE("a stop that does not end is ended shortly after its budget") {
    const auto result = in_child(
        [] { return run_with({SIGTERM}, 50ms, [](auto) -> asio::awaitable<void> { co_await wait_for_ever(); }); });
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.err, Catch::Contains("budget"));
}

TEST_CASE("a second signal ends the process at once") {
    const auto result = in_child([] {
        return run_with({SIGTERM}, kBudget, [](auto) -> asio::awaitable<void> {
            std::raise(SIGTERM);
            co_await wait_for_ever();
        });
    });
    CHECK(result.exit_code == 1);
}

TEST_CASE("a write to a connection that is gone does not end the process") {
    const auto result = in_child([] {
        return run_with({SIGPIPE, SIGTERM}, kBudget, [](auto) -> asio::awaitable<void> { co_return; });
    });
    CHECK(result.exit_code == 0);
}

TEST_CASE("SIGHUP ends neither a process that runs nor one that starts") {
    const auto running = in_child([] {
        return run_with({SIGHUP, SIGHUP, SIGTERM}, kBudget, [](auto) -> asio::awaitable<void> { co_return; });
    });
    CHECK(running.exit_code == 0);
    const auto starting = in_child([] {
        quittance::runtime::ignore_hangups();
        std::raise(SIGHUP);
        return 5;
    });
    CHECK(starting.exit_code == 5);
}

TEST_CASE("blocking work runs beside the loop and resumes on it") {
    asio::io_context loop{1};
    const auto loop_thread = std::this_thread::get_id();
    bool loop_ran_meanwhile = false;
    std::atomic<bool> release{false};
    std::thread::id worker;
    bool done = false;
    asio::co_spawn(
        loop,
        [&]() -> asio::awaitable<void> {
            std::function<void()> work = [&] {
                worker = std::this_thread::get_id();
                while (!release) std::this_thread::yield();
            };
            co_await run_blocking(std::move(work));
            done = std::this_thread::get_id() == loop_thread;
        },
        asio::detached);
    asio::post(loop, [&] {
        loop_ran_meanwhile = !done;
        release = true;
    });
    loop.run();
    CHECK(loop_ran_meanwhile);
    CHECK(done);
    CHECK(worker != loop_thread);
}

TEST_CASE("what blocking work throws comes out of the await") {
    asio::io_context loop{1};
    std::string what;
    asio::co_spawn(
        loop,
        [&]() -> asio::awaitable<void> {
            std::function<void()> work = [] { throw std::runtime_error("the disk is gone"); };
            try {
                co_await run_blocking(std::move(work));
            } catch (const std::runtime_error& error) {
                what = error.what();
            }
        },
        asio::detached);
    loop.run();
    CHECK(what == "the disk is gone");
}
