#include "invoice_store/changes/change_feed.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <utility>

namespace quittance::invoice_store {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kPollTimeout{10'000};
constexpr milliseconds kShortestGap{2};  // between polls, however fast commits follow each other
constexpr std::size_t kBarriers = 64;

}  // namespace

ChangeFeed::ChangeFeed(asio::io_context& loop, postgres::Pool& pool, milliseconds interval, bool with_positions)
    : loop_(loop), pool_(pool), interval_(interval), with_positions_(with_positions), timer_(loop) {}

ChangeFeed::Subscription::Subscription(ChangeFeed& feed, std::function<void()> wake)
    : feed_(feed), wake_(std::move(wake)), since_poll_(feed.polls_) {
    feed_.subscriptions_.insert(this);
    feed_.watchers_.store(feed_.subscriptions_.size());
    if (feed_.following_) {
        feed_.poll_now();
        return;
    }
    feed_.following_ = true;
    asio::co_spawn(feed_.loop_, feed_.follow(), asio::detached);
}

ChangeFeed::Subscription::~Subscription() {
    feed_.subscriptions_.erase(this);
    feed_.watchers_.store(feed_.subscriptions_.size());
    if (feed_.subscriptions_.empty()) feed_.timer_.cancel();
}

std::optional<ChangeToken> ChangeFeed::Subscription::settled() const {
    if (feed_.frontier_poll_ <= since_poll_) return std::nullopt;
    return ChangeToken{feed_.feed_id_, feed_.frontier_};
}

void ChangeFeed::notify() {
    if (watchers_.load() == 0 || notified_.exchange(true)) return;
    asio::post(loop_, [this] {
        notified_.store(false);
        poll_now();
    });
}

void ChangeFeed::poll_now() {
    poll_now_ = true;
    if (!in_gap_) timer_.cancel();
}

asio::awaitable<void> ChangeFeed::follow() {
    while (!subscriptions_.empty()) {
        ++polls_;
        poll_now_ = false;
        const bool room = barriers_.size() < kBarriers;
        const auto after = !room               ? std::numeric_limits<std::int64_t>::max()
                           : barriers_.empty() ? frontier_.seq
                                               : barriers_.back().newest.seq;
        const auto work = [after, with_positions =
                                      with_positions_](pqxx::connection& connection) -> rpc::Result<ChangeLogEnd> {
            return read_change_log_end(connection, after, with_positions);
        };
        const auto deadline = std::chrono::system_clock::now() + kPollTimeout;
        const auto end = co_await pool_.run(work, deadline);
        if (end.has_error()) {
            fail(end.error());
            break;
        }
        if (!take_end(*end)) {
            fail(rpc::make_status(grpc::StatusCode::UNAVAILABLE, "the database is another one", "database_changed"));
            break;
        }
        co_await pause();
    }
    barriers_.clear();
    following_ = false;
    // Subscriptions that began during a failed poll got its failure too, so none is left to follow for.
}

// While a barrier waits, the transactions below it end soon: polls again soon, then at growing intervals.
asio::awaitable<void> ChangeFeed::pause() {
    boost::system::error_code ignored;
    auto quietly = asio::redirect_error(asio::use_awaitable, ignored);
    timer_.expires_after(kShortestGap);
    in_gap_ = true;
    co_await timer_.async_wait(quietly);
    in_gap_ = false;
    if (poll_now_ || subscriptions_.empty()) co_return;
    gap_ = barriers_.empty() ? interval_ : std::min(std::max(gap_ * 2, kShortestGap), interval_);
    timer_.expires_after(gap_);
    co_await timer_.async_wait(quietly);
}

// False: this is another database, or it was restored to an earlier state.
bool ChangeFeed::take_end(const ChangeLogEnd& end) {
    const bool same = feed_id_.empty() || (feed_id_ == end.feed_id && end.newest.seq >= frontier_.seq);
    if (!same) {
        feed_id_.clear();
        frontier_ = {};
        return false;
    }
    feed_id_ = end.feed_id;
    position_ = end.position;
    if (end.barrier) {
        barriers_.push_back({end.newest, *end.barrier, polls_});
        gap_ = milliseconds(0);
    }
    // The statement read the running transactions before it took its own barrier.
    while (!barriers_.empty() && barriers_.front().transaction <= end.oldest_running) {
        advance_frontier(barriers_.front().newest, barriers_.front().poll);
        barriers_.pop_front();
    }
    if (end.newest.seq == frontier_.seq) advance_frontier(end.newest, polls_);
    return true;
}

void ChangeFeed::advance_frontier(const ChangePosition& position, std::uint64_t poll) {
    const bool news =
        position.seq != frontier_.seq ||
        std::any_of(subscriptions_.begin(), subscriptions_.end(),
                    [this](const Subscription* subscription) { return frontier_poll_ <= subscription->since_poll_; });
    frontier_ = position;
    frontier_poll_ = poll;
    if (news) wake_all();
}

void ChangeFeed::fail(const grpc::Status& status) {
    for (auto* subscription : subscriptions_)
        if (!subscription->failure_) subscription->failure_ = status;
    wake_all();
}

void ChangeFeed::wake_all() {
    for (const auto* subscription : subscriptions_) subscription->wake_();
}

}  // namespace quittance::invoice_store
