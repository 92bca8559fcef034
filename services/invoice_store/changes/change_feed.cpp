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

constexpr milliseconds kLookTime{10'000};
constexpr milliseconds kShortestGap{2};  // between looks, however fast the commits come
constexpr std::size_t kBarriers = 64;

}  // namespace

ChangeFeed::ChangeFeed(asio::io_context& loop, postgres::Pool& pool, milliseconds poll, bool with_positions)
    : loop_(loop), pool_(pool), poll_(poll), with_positions_(with_positions), timer_(loop) {}

ChangeFeed::Subscription::Subscription(ChangeFeed& feed, std::function<void()> wake)
    : feed_(feed), wake_(std::move(wake)), since_look_(feed.looks_) {
    feed_.subscriptions_.insert(this);
    feed_.watchers_.store(feed_.subscriptions_.size());
    if (feed_.following_) {
        feed_.hurry();
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
    if (feed_.settled_look_ <= since_look_) return std::nullopt;
    return ChangeToken{feed_.feed_id_, feed_.frontier_};
}

void ChangeFeed::notify() {
    if (watchers_.load() == 0 || notified_.exchange(true)) return;
    asio::post(loop_, [this] {
        notified_.store(false);
        hurry();
    });
}

void ChangeFeed::hurry() {
    hurry_ = true;
    if (!in_gap_) timer_.cancel();
}

asio::awaitable<void> ChangeFeed::follow() {
    while (!subscriptions_.empty()) {
        ++looks_;
        hurry_ = false;
        const bool room = barriers_.size() < kBarriers;
        const auto after = !room               ? std::numeric_limits<std::int64_t>::max()
                           : barriers_.empty() ? frontier_.seq
                                               : barriers_.back().newest.seq;
        const auto work = [after,
                           with_positions = with_positions_](pqxx::connection& connection) -> rpc::Result<ChangeLogEnd> {
            return read_change_log_end(connection, after, with_positions);
        };
        const auto deadline = std::chrono::system_clock::now() + kLookTime;
        const auto look = co_await pool_.run(work, deadline);
        if (look.has_error()) {
            fail(look.error());
            break;
        }
        if (!advance(*look)) {
            fail(rpc::make_status(grpc::StatusCode::UNAVAILABLE, "the database is another one", "database_changed"));
            break;
        }
        co_await pause();
    }
    barriers_.clear();
    following_ = false;
    // Who came while the last look failed was told so as well; nobody is left to follow for.
}

// While a barrier is up, the transactions below it are about to end: looks again soon, and ever later.
asio::awaitable<void> ChangeFeed::pause() {
    boost::system::error_code ignored;
    auto quietly = asio::redirect_error(asio::use_awaitable, ignored);
    timer_.expires_after(kShortestGap);
    in_gap_ = true;
    co_await timer_.async_wait(quietly);
    in_gap_ = false;
    if (hurry_ || subscriptions_.empty()) co_return;
    gap_ = barriers_.empty() ? poll_ : std::min(std::max(gap_ * 2, kShortestGap), poll_);
    timer_.expires_after(gap_);
    co_await timer_.async_wait(quietly);
}

// False: this is not the database that was followed, or it was put back to an earlier state.
bool ChangeFeed::advance(const ChangeLogEnd& look) {
    const bool same = feed_id_.empty() || (feed_id_ == look.feed_id && look.newest.seq >= frontier_.seq);
    if (!same) {
        feed_id_.clear();
        frontier_ = {};
        return false;
    }
    feed_id_ = look.feed_id;
    position_ = look.position;
    if (look.barrier) {
        barriers_.push_back({look.newest, *look.barrier, looks_});
        gap_ = milliseconds(0);
    }
    // The statement saw which transactions run before it took its own barrier.
    while (!barriers_.empty() && barriers_.front().transaction <= look.oldest_running) {
        settle(barriers_.front().newest, barriers_.front().look);
        barriers_.pop_front();
    }
    if (look.newest.seq == frontier_.seq) settle(look.newest, looks_);
    return true;
}

void ChangeFeed::settle(const ChangePosition& position, std::uint64_t look) {
    const bool news =
        position.seq != frontier_.seq ||
        std::any_of(subscriptions_.begin(), subscriptions_.end(),
                    [this](const Subscription* subscription) { return settled_look_ <= subscription->since_look_; });
    frontier_ = position;
    settled_look_ = look;
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
