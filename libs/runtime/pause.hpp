// Sleeping in a coroutine, without holding the thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace quittance::runtime {

// Ends after `time`, on the caller's loop.
inline boost::asio::awaitable<void> pause(std::chrono::steady_clock::duration time) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    timer.expires_after(time);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace quittance::runtime
