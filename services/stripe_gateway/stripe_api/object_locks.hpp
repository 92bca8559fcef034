// At most one write in flight for each object at Stripe. Two writes at once on an invoice, or on the invoices of one
// customer, meet Stripe's own locks (429 lock_timeout) and slow each other down.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace quittance::stripe_gateway {

// For one loop with one thread: it needs no mutex.
class ObjectLocks {
    struct State;

  public:
    // Held while a write is in flight. Its destructor passes the object to the next writer.
    class Lock {
      public:
        Lock(std::shared_ptr<State> state, std::string object) : state_(std::move(state)), object_(std::move(object)) {}
        Lock(Lock&&) noexcept = default;
        Lock(const Lock&) = delete;
        Lock& operator=(const Lock&) = delete;
        Lock& operator=(Lock&&) = delete;
        ~Lock();

      private:
        std::shared_ptr<State> state_;
        std::string object_;
    };

    ObjectLocks();

    // Writers get the object in the order in which they asked. Nothing if the deadline comes first. An empty id never
    // waits.
    boost::asio::awaitable<std::optional<Lock>> acquire(std::string object,
                                                        std::chrono::steady_clock::time_point deadline);

  private:
    std::shared_ptr<State> state_;
};

}  // namespace quittance::stripe_gateway
