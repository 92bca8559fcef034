// The life of a process: one loop on the main thread until SIGTERM or SIGINT, then an orderly stop within a budget.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>

namespace quittance::runtime {

// From now on SIGHUP does not end the process. For the time before run_until_signal.
void ignore_hangups();

// Runs the loop until SIGTERM or SIGINT, then runs `stop` (still on the loop) and returns when it is done or the budget
// is over. SIGHUP is logged and changes nothing. SIGUSR1 raises the level of the log (log_more), SIGUSR2 takes it back.
// A second signal to end, or a stop that does not end within the budget, ends the process at once with exit code 1.
// Returns true if the stop was clean.
bool run_until_signal(boost::asio::io_context& loop, std::chrono::milliseconds drain_budget,
                      std::function<boost::asio::awaitable<void>(std::chrono::steady_clock::time_point deadline)> stop);

// Runs blocking work on a thread of its own and resumes the coroutine when it is done: for the few blocking steps of a
// shutdown (a gRPC server's Shutdown).
boost::asio::awaitable<void> run_blocking(std::function<void()> work);

}  // namespace quittance::runtime
