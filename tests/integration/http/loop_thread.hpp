// A loop on a thread of its own, as a service has one on its main thread; and a gate that holds coroutines of that loop
// back until the test opens it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

namespace quittance::test {

class LoopThread {
  public:
    LoopThread();
    ~LoopThread();

    boost::asio::io_context& loop() { return loop_; }
    // Runs the coroutine on the loop until it is done; what it throws comes out. Throws where it takes too long.
    void run(const std::function<boost::asio::awaitable<void>()>& work);
    // Starts it and goes on. It must not throw.
    void start(std::function<boost::asio::awaitable<void>()> work);
    // Runs it on the loop and waits for it.
    void call(const std::function<void()>& work);
    // Ends the thread; what still waits on the loop stays where it is until the loop goes.
    void stop();

  private:
    boost::asio::io_context loop_{1};
    std::thread thread_;
};

class Gate {
  public:
    explicit Gate(boost::asio::io_context& loop);
    ~Gate();

    // On the loop.
    boost::asio::awaitable<void> pass();
    // From any thread.
    void open();
    // How many came so far, and how many are held.
    int arrived() const;
    int held() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace quittance::test
