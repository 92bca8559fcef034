// One write in flight for each object of Stripe's: two at once on an invoice, or on one customer's invoices, meet
// Stripe's locks (429 lock_timeout) and would only make one another slower.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace quittance::stripe_gateway {

// For one loop with one thread: no locks.
class WriteOrder {
    struct State;

  public:
    // Held while a write is in flight; gives the object free when it goes.
    class Turn {
      public:
        Turn(std::shared_ptr<State> state, std::string object) : state_(std::move(state)), object_(std::move(object)) {}
        Turn(Turn&&) noexcept = default;
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        Turn& operator=(Turn&&) = delete;
        ~Turn();

      private:
        std::shared_ptr<State> state_;
        std::string object_;
    };

    WriteOrder();

    // First come, first served; nothing where the deadline comes first. An empty id has no order: nobody waits.
    boost::asio::awaitable<std::optional<Turn>> enter(std::string object,
                                                      std::chrono::steady_clock::time_point deadline);

  private:
    std::shared_ptr<State> state_;
};

}  // namespace quittance::stripe_gateway
