// An event loop on its own thread, for tests that run coroutines and wait for them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <thread>

namespace quittance::stripe_gateway::test {

class Loop {
  public:
    Loop() : work_(boost::asio::make_work_guard(context)), thread_([this] { context.run(); }) {}
    ~Loop() {
        work_.reset();
        context.stop();
        thread_.join();
    }

    template <class T>
    T run(boost::asio::awaitable<T> work) {
        return boost::asio::co_spawn(context, std::move(work), boost::asio::use_future).get();
    }

    boost::asio::io_context context{1};

  private:
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
};

}  // namespace quittance::stripe_gateway::test
