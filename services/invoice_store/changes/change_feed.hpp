// How far the changes can be read, kept up to date for everybody in this process who watches: one statement a tick, and
// only while somebody does. A commit of our own brings the next tick forward. All of it on the loop, but notify().
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
    ChangeFeed(boost::asio::io_context& loop, postgres::Pool& pool, std::chrono::milliseconds poll,
               bool with_positions);

    // Somebody who watches. `wake` is called when there is news of any kind.
    class Subscription {
      public:
        Subscription(ChangeFeed& feed, std::function<void()> wake);
        ~Subscription();
        Subscription(const Subscription&) = delete;
        Subscription& operator=(const Subscription&) = delete;

        // The end of the settled changes, once it covers what was there when the subscription began.
        std::optional<ChangeToken> settled() const;
        // Reads after it see everything that is settled; empty where every read does.
        const std::string& position() const { return feed_.position_; }
        // The database is away: the subscription is dead.
        const std::optional<grpc::Status>& failure() const { return failure_; }

      private:
        friend class ChangeFeed;
        ChangeFeed& feed_;
        const std::function<void()> wake_;
        const std::uint64_t since_look_;
        std::optional<grpc::Status> failure_;
    };

    // Changes were committed by this process. From any thread.
    void notify();

  private:
    // A barrier that was taken when `newest` was the newest change.
    struct Barrier {
        ChangePosition newest;
        std::uint64_t transaction;
        std::uint64_t look;
    };

    boost::asio::awaitable<void> follow();
    boost::asio::awaitable<void> pause();
    void hurry();
    bool advance(const ChangeLogEnd& look);
    void settle(const ChangePosition& position, std::uint64_t look);
    void fail(const grpc::Status& status);
    void wake_all();

    boost::asio::io_context& loop_;
    postgres::Pool& pool_;
    const std::chrono::milliseconds poll_;
    const bool with_positions_;
    boost::asio::steady_timer timer_;
    std::set<Subscription*> subscriptions_;
    std::deque<Barrier> barriers_;  // oldest first
    std::string feed_id_;
    ChangePosition frontier_;
    std::string position_;
    std::uint64_t looks_ = 0;           // that were started
    std::uint64_t settled_look_ = 0;    // the last whose newest change is settled
    std::chrono::milliseconds gap_{0};  // until the next look while a barrier is up
    bool following_ = false;
    bool hurry_ = false;
    bool in_gap_ = false;
    std::atomic<std::size_t> watchers_{0};
    std::atomic<bool> notified_{false};
};

}  // namespace quittance::invoice_store
