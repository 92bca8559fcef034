// Turns many single requests into few batch calls. Items that arrive while calls are in flight wait, and the next call
// takes all of them, up to its limits. An idle batcher sends at once. For one loop with one thread: no locks.
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

#include "rpc/batch_limits.hpp"
#include "rpc/status.hpp"

namespace quittance::rpc {

struct BatcherLimits {
    std::size_t batch_items = kBatchItems;
    std::size_t batch_bytes = kBatchBytes;  // a single item that is larger goes alone
    std::size_t calls_in_flight = 2;
    std::size_t waiting_items = 8'192;  // more: RESOURCE_EXHAUSTED
    // Another call starts beside one in flight when so many items wait, or one has waited so long.
    std::size_t min_batch_items = 1;
    std::chrono::milliseconds max_batch_delay = kMaxBatchDelay;
    // The time of a call. Zero: until the latest deadline of its items.
    std::chrono::milliseconds call_time{0};
    // After these failures of a whole batch each item goes alone, in the time that is left: one of them may have caused
    // the failure. Null: never.
    bool (*split_after)(grpc::StatusCode) = nullptr;
};

// `Send` takes the items of a batch and a deadline, and returns one Result for each item, in their order. It may take
// the items apart, but puts them back before it returns a failure. A failure of the whole batch is the answer to each
// item.
template <class Item, class Answer>
class Batcher {
  public:
    using Deadline = std::chrono::system_clock::time_point;
    using Answers = std::vector<Result<Answer>>;
    using Send = std::function<boost::asio::awaitable<Result<Answers>>(std::vector<Item>&, Deadline)>;

    Batcher(boost::asio::io_context& loop, BatcherLimits limits, Send send)
        : loop_(loop), limits_(limits), send_(std::move(send)), delay_timer_(loop) {}

    // The answer to this item alone. `bytes` counts for `batch_bytes`. DEADLINE_EXCEEDED where no call has taken the
    // item at `deadline`.
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

    // `resume` is called once. It owns the coroutine that waits, and `answer` is in that coroutine. So the destructor
    // of a batcher also destroys what waits.
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
        return in_flight_ == 0 || waiting_.size() >= limits_.min_batch_items ||
               Clock::now() - waiting_.front().since >= limits_.max_batch_delay;
    }

    // One timer, which runs only while an item waits for others.
    void watch_delay() {
        if (watching_ || waiting_.empty() || in_flight_ == limits_.calls_in_flight) return;
        watching_ = true;
        delay_timer_.expires_at(waiting_.front().since + limits_.max_batch_delay);
        delay_timer_.async_wait([this](boost::system::error_code cancelled) {
            if (cancelled) return;
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
        watch_delay();
    }

    Waiters take() {
        Waiters batch;
        std::size_t bytes = 0;
        while (!waiting_.empty() && batch.size() < limits_.batch_items) {
            if (!batch.empty() && bytes + waiting_.front().bytes > limits_.batch_bytes) break;
            auto next = std::move(waiting_.front());
            waiting_.pop_front();
            if (next.deadline <= std::chrono::system_clock::now()) {
                next.answer->emplace(make_status(grpc::StatusCode::DEADLINE_EXCEEDED,
                                                 "no call took the request in time", "queue_timeout"));
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
        auto deadline = std::chrono::system_clock::now() + limits_.call_time;
        for (auto& waiter : batch) {
            items.push_back(std::move(waiter.item));
            // The latest: an item with little time left must not fail the others.
            if (limits_.call_time.count() == 0 && waiter.deadline > deadline) deadline = waiter.deadline;
        }
        auto answers = co_await send(items, deadline);
        if (answers.has_error() && items.size() > 1 && limits_.split_after != nullptr &&
            limits_.split_after(answers.error().error_code()))
            answers = co_await send_one_by_one(items, deadline);
        --in_flight_;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (answers.has_error())
                batch[i].answer->emplace(answers.error());
            else if (i < answers->size())
                batch[i].answer->emplace(std::move((*answers)[i]));
            else
                batch[i].answer->emplace(
                    make_status(grpc::StatusCode::INTERNAL, "the batch answer is short", "batch_short"));
            batch[i].resume();
        }
        start_calls();
    }

    // A failure where `send_` throws: every waiter gets an answer.
    boost::asio::awaitable<Result<Answers>> send(std::vector<Item>& items, Deadline deadline) {
        try {
            co_return co_await send_(items, deadline);
        } catch (...) {
            // Becomes the failure below.
        }
        co_return make_status(grpc::StatusCode::INTERNAL, "the batch call failed", "batch_failed");
    }

    boost::asio::awaitable<Result<Answers>> send_one_by_one(std::vector<Item>& items, Deadline deadline) {
        Answers all;
        for (auto& item : items) {
            std::vector<Item> alone;
            alone.push_back(std::move(item));
            auto answers = co_await send(alone, deadline);
            if (answers.has_error())
                all.emplace_back(answers.error());
            else if (!answers->empty())
                all.push_back(std::move(answers->front()));
            else
                all.emplace_back(make_status(grpc::StatusCode::INTERNAL, "the batch answer is empty", "batch_short"));
        }
        co_return all;
    }

    boost::asio::io_context& loop_;
    BatcherLimits limits_;
    Send send_;
    std::deque<Waiter> waiting_;
    std::size_t in_flight_ = 0;
    boost::asio::steady_timer delay_timer_;
    bool watching_ = false;
};

}  // namespace quittance::rpc
