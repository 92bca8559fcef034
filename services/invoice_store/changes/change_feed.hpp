// Follows the end of the readable changes for all watchers of this process. It polls with one statement, and only while
// there are watchers. A commit of this process starts the next poll early. Everything but notify() runs on the loop.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "invoice_store/changes/change_log.hpp"
#include "postgres/pool.hpp"

namespace quittance::invoice_store {

class ChangeFeed {
  public:
    // The pool's connections must be prepared by prepare_changes and lead to the primary.
    ChangeFeed(boost::asio::io_context& loop, postgres::Pool& pool, std::chrono::milliseconds interval,
               bool with_positions);

    // One watcher. `wake` is called at each change of the frontier, and at a failure.
    class Subscription {
      public:
        Subscription(ChangeFeed& feed, std::function<void()> wake);
        ~Subscription();
        Subscription(const Subscription&) = delete;
        Subscription& operator=(const Subscription&) = delete;

        // The frontier: the end of the readable changes. Unset until it covers the changes from before the
        // subscription.
        std::optional<ChangeToken> settled() const;
        // Reads after this position see every change before the frontier. Empty where every read does.
        const std::string& position() const { return feed_.position_; }
        // Set when the database is away. The subscription then gets no more changes.
        const std::optional<grpc::Status>& failure() const { return failure_; }

      private:
        friend class ChangeFeed;
        ChangeFeed& feed_;
        const std::function<void()> wake_;
        const std::uint64_t since_poll_;
        std::optional<grpc::Status> failure_;
    };

    // Reports that this process committed changes. Thread-safe.
    void notify();

  private:
    // A barrier that was taken when `newest` was the newest change (change_log.hpp).
    struct Barrier {
        ChangePosition newest;
        std::uint64_t transaction;
        std::uint64_t poll;
    };

    boost::asio::awaitable<void> follow();
    boost::asio::awaitable<void> pause();
    void poll_now();
    bool take_end(const ChangeLogEnd& end);
    void advance_frontier(const ChangePosition& position, std::uint64_t poll);
    void fail(const grpc::Status& status);
    void wake_all();

    boost::asio::io_context& loop_;
    postgres::Pool& pool_;
    const std::chrono::milliseconds interval_;
    const bool with_positions_;
    boost::asio::steady_timer timer_;
    std::set<Subscription*> subscriptions_;
    std::deque<Barrier> barriers_;  // oldest first
    std::string feed_id_;
    ChangePosition frontier_;
    std::string position_;
    std::uint64_t polls_ = 0;           // started so far
    std::uint64_t frontier_poll_ = 0;   // the last whose newest change is before the frontier
    std::chrono::milliseconds gap_{0};  // until the next poll while a barrier waits
    bool following_ = false;
    bool poll_now_ = false;
    bool in_gap_ = false;
    std::atomic<std::size_t> watchers_{0};
    std::atomic<bool> notified_{false};
};

}  // namespace quittance::invoice_store
