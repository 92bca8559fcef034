#include "runtime/process.hpp"

#include <malloc.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <thread>

#include "runtime/log.hpp"

namespace quittance::runtime {

namespace asio = boost::asio;
namespace {

// An answer of half a megabyte that came and went made the C library give its pages back to the kernel and fetch them
// again for the next: a quarter of the edge's CPU where lists are read. So much of what is free stays, an arena.
void keep_freed_memory() {
    constexpr int kKeptBytes = 4 * 1024 * 1024;
    mallopt(M_TRIM_THRESHOLD, kKeptBytes);
    mallopt(M_MMAP_THRESHOLD, kKeptBytes);
}

// Many programs read their configuration again on SIGHUP. Here it must not end the process, and nothing else is needed.
void answer_hangups(asio::signal_set& hangups) {
    hangups.async_wait([&hangups](boost::system::error_code stopped, int) {
        if (stopped) return;
        log_info("SIGHUP has no effect: files of secrets and certificates are read again by themselves");
        answer_hangups(hangups);
    });
}

// SIGUSR1 raises the level of the log by one, SIGUSR2 takes it back.
void change_level_by_signal(asio::signal_set& signals) {
    signals.async_wait([&signals](boost::system::error_code failure, int signal) {
        if (failure) return;
        if (signal == SIGUSR1)
            log_more();
        else
            log_as_configured();
        log_warn("the level of the log was changed by a signal", {{"signal", signal == SIGUSR1 ? "USR1" : "USR2"}});
        change_level_by_signal(signals);
    });
}

}  // namespace

void ignore_hangups() {
    std::signal(SIGHUP, SIG_IGN);
}

bool run_until_signal(asio::io_context& loop, std::chrono::milliseconds drain_budget,
                      std::function<asio::awaitable<void>(std::chrono::steady_clock::time_point)> stop) {
    bool clean = false;
    keep_freed_memory();
    // A client that goes away while we write must not end the process.
    std::signal(SIGPIPE, SIG_IGN);
    asio::signal_set hangups(loop, SIGHUP);
    answer_hangups(hangups);
    asio::signal_set signals(loop, SIGTERM, SIGINT);
    asio::signal_set level_signals(loop, SIGUSR1, SIGUSR2);
    change_level_by_signal(level_signals);
    asio::steady_timer watchdog(loop);
    signals.async_wait([&](boost::system::error_code failure, int signal) {
        if (failure) return;
        log_info("stopping", {{"signal", signal}, {"budget_ms", static_cast<std::int64_t>(drain_budget.count())}});
        // The second signal means: now.
        signals.async_wait([](boost::system::error_code again, int) {
            if (!again) std::_Exit(1);
        });
        const auto deadline = std::chrono::steady_clock::now() + drain_budget;
        watchdog.expires_at(deadline + std::chrono::seconds(2));
        watchdog.async_wait([](boost::system::error_code cancelled) {
            if (cancelled) return;
            log_error("the stop did not end within its budget");
            std::_Exit(1);
        });
        asio::co_spawn(loop, stop(deadline), [&](std::exception_ptr error) {
            clean = !error;
            loop.stop();
        });
    });
    const auto work = asio::make_work_guard(loop);
    loop.run();
    return clean;
}

asio::awaitable<void> run_blocking(std::function<void()> work) {
    const auto executor = co_await asio::this_coro::executor;
    std::thread worker;
    std::exception_ptr error;
    auto begin = [&](auto completion) {
        auto resume = std::make_shared<decltype(completion)>(std::move(completion));
        auto guard = asio::make_work_guard(executor);
        worker = std::thread([&work, &error, resume, executor, guard] {
            try {
                work();
            } catch (...) {
                error = std::current_exception();
            }
            asio::post(executor, [resume] { (*resume)(); });
        });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(begin, asio::use_awaitable);
    worker.join();
    if (error) std::rethrow_exception(error);
}

}  // namespace quittance::runtime
