#include "stripe_gateway/stripe_api/object_locks.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <unordered_map>

namespace quittance::stripe_gateway {

namespace asio = boost::asio;

struct ObjectLocks::State {
    struct Waiter {
        asio::steady_timer timer;  // its deadline
        bool granted = false;
    };
    // The writers that wait for an object that is held.
    using Queue = std::list<std::shared_ptr<Waiter>>;
    std::unordered_map<std::string, Queue> held;
};

ObjectLocks::ObjectLocks() : state_(std::make_shared<State>()) {}

ObjectLocks::Lock::~Lock() {
    if (!state_ || object_.empty()) return;
    const auto found = state_->held.find(object_);
    if (found == state_->held.end()) return;
    if (found->second.empty()) {
        state_->held.erase(found);
        return;
    }
    // The object stays held: if it were released here, a new writer could take it before the waiter wakes.
    const auto next = found->second.front();
    found->second.pop_front();
    next->granted = true;
    next->timer.cancel();
}

asio::awaitable<std::optional<ObjectLocks::Lock>> ObjectLocks::acquire(std::string object,
                                                                       std::chrono::steady_clock::time_point deadline) {
    const auto state = state_;
    if (object.empty()) co_return std::optional<Lock>(std::in_place, nullptr, std::string());
    const auto [place, free] = state->held.try_emplace(object);
    if (!free) {
        const auto executor = co_await asio::this_coro::executor;
        const auto waiter = std::make_shared<State::Waiter>(State::Waiter{asio::steady_timer(executor, deadline)});
        place->second.push_back(waiter);
        boost::system::error_code woken;
        co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        if (!waiter->granted) {
            state->held.find(object)->second.remove(waiter);
            co_return std::nullopt;
        }
    }
    co_return std::optional<Lock>(std::in_place, state, std::move(object));
}

}  // namespace quittance::stripe_gateway
