// A batcher with calls that stay in flight until the test releases them. Each step runs the loop until it is idle.
#pragma once

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <list>

#include "rpc/client/batcher.hpp"

namespace quittance::test {

using Answers = rpc::Result<std::vector<rpc::Result<std::string>>>;
using IntBatcher = rpc::Batcher<int, std::string>;
using Deadline = IntBatcher::Deadline;

inline const Deadline kFar = std::chrono::system_clock::now() + std::chrono::hours(24);

class Bench {
  public:
    explicit Bench(rpc::BatcherLimits limits = {})
        : batcher_(loop_, limits,
                   [this](const std::vector<int>& items, Deadline deadline) { return send(items, deadline); }) {}

    // Returns the index of the answer.
    std::size_t submit(int item, std::size_t bytes = 1, Deadline deadline = kFar) {
        const auto place = answers.size();
        answers.emplace_back();
        boost::asio::co_spawn(loop_, ask(place, item, bytes, deadline), boost::asio::detached);
        return place;
    }
    void run() {
        loop_.restart();
        loop_.poll();
    }
    // Releases the oldest call in flight.
    void release() {
        auto& call = *calls_.front();
        call.released = true;
        call.timer.cancel();
        calls_.pop_front();
        run();
    }
    void release_all() {
        while (!calls_.empty()) release();
    }
    IntBatcher& batcher() { return batcher_; }

    std::vector<std::vector<int>> batches;
    std::vector<Deadline> deadlines;
    std::vector<std::optional<rpc::Result<std::string>>> answers;
    // Makes the answers of a call. The default answers each item with its own number.
    std::function<Answers(const std::vector<int>&)> answer;

  private:
    struct Call {
        boost::asio::steady_timer timer;
        bool released = false;
    };

    boost::asio::awaitable<void> ask(std::size_t place, int item, std::size_t bytes, Deadline deadline) {
        auto result = co_await batcher_.submit(item, bytes, deadline);
        CHECK_FALSE(answers[place].has_value());
        answers[place].emplace(std::move(result));
    }

    boost::asio::awaitable<Answers> send(const std::vector<int>& items, Deadline deadline) {
        batches.push_back(items);
        deadlines.push_back(deadline);
        const auto call = std::make_shared<Call>(Call{boost::asio::steady_timer(loop_, std::chrono::hours(1))});
        calls_.push_back(call);
        boost::system::error_code ignored;
        while (!call->released)
            co_await call->timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
        if (answer) co_return answer(items);
        std::vector<rpc::Result<std::string>> results;
        for (const int item : items) results.emplace_back(std::to_string(item));
        co_return results;
    }

    boost::asio::io_context loop_{1};
    std::list<std::shared_ptr<Call>> calls_;
    IntBatcher batcher_;
};

}  // namespace quittance::test
