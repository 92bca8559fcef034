// Turns many waiting single requests into few batch calls: while calls are in flight what arrives waits, and the next
// call takes all of it (up to a bound). An idle batcher sends at once, so nobody waits for company that may never come.
// For one loop with one thread: no locks.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "rpc/status.hpp"

namespace quittance::rpc {

struct BatcherLimits {
    std::size_t batch_items = 256;
    std::size_t batch_bytes = 1024 * 1024;  // a single larger item still goes, alone
    std::size_t calls_in_flight = 2;
    std::size_t waiting_items = 8'192;  // more: RESOURCE_EXHAUSTED
    // Beside a call that is under way another one goes when so many items wait, or one of them has waited so long: at a
    // small load one fuller call answers all of them sooner than two that wait for each other behind the same writer.
    std::size_t company = 1;
    std::chrono::milliseconds patience{10};
};

// `Send` takes the items of a batch and a deadline and gives one Result per item, in their order. Where it reports one
// failure for the whole batch, every waiter gets that failure as its own.
template <class Item, class Answer>
class Batcher {
  public:
    using Deadline = std::chrono::system_clock::time_point;
    using Send =
        std::function<boost::asio::awaitable<Result<std::vector<Result<Answer>>>>(const std::vector<Item>&, Deadline)>;

    Batcher(boost::asio::io_context& loop, BatcherLimits limits, Send send)
        : loop_(loop), limits_(limits), send_(std::move(send)), out_of_patience_(loop) {}

    // The answer to this item alone. `bytes`: about how large it is on the wire.
    boost::asio::awaitable<Result<Answer>> submit(Item item, std::size_t bytes, Deadline deadline) {
        if (waiting_.size() >= limits_.waiting_items)
            co_return make_status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many requests are waiting", "queue_full");
        std::optional<Result<Answer>> answer;
        auto begin = [&](auto completion) {
            auto shared = std::make_shared<decltype(completion)>(std::move(completion));
            auto executor = boost::asio::get_associated_executor(*shared);
            auto resume = [shared, executor] { boost::asio::post(executor, [shared] { (*shared)(); }); };
            waiting_.push_back(Waiter{std::move(item), bytes, deadline, Clock::now(), std::move(resume), &answer});
            start_calls();
        };
        co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(begin,
                                                                                           boost::asio::use_awaitable);
        co_return std::move(*answer);
    }

    std::size_t waiting() const { return waiting_.size(); }
    std::size_t in_flight() const { return in_flight_; }

  private:
    using Clock = std::chrono::steady_clock;

    // Owns the coroutine that waits, through `resume`, which is called once; so a batcher that goes takes its waiters
    // with it. `answer` lies in that coroutine.
    struct Waiter {
        Item item;
        std::size_t bytes;
        Deadline deadline;
        Clock::time_point since;
        std::function<void()> resume;
        std::optional<Result<Answer>>* answer;
    };
    using Waiters = std::vector<Waiter>;

    bool may_start() const {
        return in_flight_ == 0 || waiting_.size() >= limits_.company ||
               Clock::now() - waiting_.front().since >= limits_.patience;
    }

    // One timer, and only while something waits for company.
    void watch_patience() {
        if (watching_ || waiting_.empty() || in_flight_ == limits_.calls_in_flight) return;
        watching_ = true;
        out_of_patience_.expires_at(waiting_.front().since + limits_.patience);
        out_of_patience_.async_wait([this](boost::system::error_code gone) {
            if (gone) return;
            watching_ = false;
            start_calls();
        });
    }

    void start_calls() {
        while (in_flight_ < limits_.calls_in_flight && !waiting_.empty() && may_start()) {
            auto batch = take();
            if (batch.empty()) break;
            ++in_flight_;
            boost::asio::co_spawn(loop_, run(std::move(batch)), boost::asio::detached);
        }
        watch_patience();
    }

    Waiters take() {
        Waiters batch;
        std::size_t bytes = 0;
        while (!waiting_.empty() && batch.size() < limits_.batch_items) {
            if (!batch.empty() && bytes + waiting_.front().bytes > limits_.batch_bytes) break;
            auto next = std::move(waiting_.front());
            waiting_.pop_front();
            if (next.deadline <= std::chrono::system_clock::now()) {
                next.answer->emplace(make_status(grpc::StatusCode::DEADLINE_EXCEEDED, "it waited too long for its call",
                                                 "queue_timeout"));
                next.resume();
                continue;
            }
            bytes += next.bytes;
            batch.push_back(std::move(next));
        }
        return batch;
    }

    boost::asio::awaitable<void> run(Waiters batch) {
        std::vector<Item> items;
        items.reserve(batch.size());
        // The call gets the longest deadline of its waiters: one that is in a hurry must not fail the others.
        auto deadline = batch.front().deadline;
        for (auto& waiter : batch) {
            items.push_back(std::move(waiter.item));
            if (waiter.deadline > deadline) deadline = waiter.deadline;
        }
        Result<std::vector<Result<Answer>>> answers =
            make_status(grpc::StatusCode::INTERNAL, "the batch call failed", "batch_failed");
        try {
            answers = co_await send_(items, deadline);
        } catch (...) {
            // Stays the failure above: every waiter is told, nobody waits for ever.
        }
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (answers.has_error())
                batch[i].answer->emplace(answers.error());
            else if (i < answers->size())
                batch[i].answer->emplace(std::move((*answers)[i]));
            else
                batch[i].answer->emplace(
                    make_status(grpc::StatusCode::INTERNAL, "the batch answer is short", "batch_short"));
        }
        --in_flight_;
        for (auto& waiter : batch) waiter.resume();
        start_calls();
    }

    boost::asio::io_context& loop_;
    BatcherLimits limits_;
    Send send_;
    std::deque<Waiter> waiting_;
    std::size_t in_flight_ = 0;
    boost::asio::steady_timer out_of_patience_;
    bool watching_ = false;
};

}  // namespace quittance::rpc
