// The ledger of webhook deliveries and their due times, without I/O. An event goes to every endpoint that listens.
// After a failure it is retried (5 min, 30 min, 2 h, 5 h, 10 h, then every 12 h until 72 h are over) until a 2xx.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace quittance::stripe_emulator {

enum class DeliveryState { kWaiting, kInFlight, kAccepted, kGivenUp, kDropped, kLost };

struct Delivery {
    std::uint64_t id = 0;
    std::string event;
    std::string endpoint;
    DeliveryState state = DeliveryState::kWaiting;
    bool counted = true;  // false: a duplicate or a manual resend, which does not complete the event
    int attempts = 0;
    std::int64_t first_ms = 0;  // on the schedule clock
    std::int64_t due_ms = 0;
    int last_status = 0;  // 0: no answer
    std::string last_problem;
};

struct DeliveryStatistics {
    std::uint64_t attempts = 0;
    std::uint64_t accepted = 0;
    std::uint64_t failed = 0;  // attempts
    std::uint64_t given_up = 0;
    std::uint64_t dropped = 0;
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;
};

class DeliveryLedger {
  public:
    // Remembers at most so many finished deliveries.
    explicit DeliveryLedger(std::size_t remembered = 20'000) : remembered_(remembered) {}

    Delivery& add(std::string event, std::string endpoint, std::int64_t due_ms, bool counted);
    // A delivery that never goes out: a lost webhook.
    void add_lost(std::string event, std::string endpoint, std::int64_t now_ms);

    // The ids of up to `most` deliveries of that endpoint that are due, now in flight.
    std::vector<std::uint64_t> take_due(const std::string& endpoint, std::int64_t now_ms, std::size_t most);
    Delivery* find(std::uint64_t id);

    // Records the outcome of an attempt. True if this completed the event for that endpoint: the first acceptance of a
    // counted delivery.
    bool accepted(std::uint64_t id, int status);
    void failed(std::uint64_t id, int status, std::string problem);
    // Not tried, because the endpoint is disabled: the schedule goes on.
    void skipped(std::uint64_t id);
    // The endpoint is gone.
    void drop_endpoint(const std::string& endpoint);

    std::optional<std::int64_t> next_due() const;
    std::optional<std::int64_t> next_due(const std::string& endpoint) const;
    std::size_t waiting() const;
    std::size_t in_flight() const { return in_flight_; }
    const DeliveryStatistics& statistics() const { return statistics_; }
    const std::deque<std::uint64_t>& order() const { return order_; }
    const Delivery* peek(std::uint64_t id) const;

  private:
    void retry_later(Delivery& delivery);
    void finish(Delivery& delivery, DeliveryState state);

    std::size_t remembered_;
    std::uint64_t next_id_ = 1;
    std::size_t in_flight_ = 0;
    std::unordered_map<std::uint64_t, Delivery> deliveries_;
    std::map<std::string, std::set<std::pair<std::int64_t, std::uint64_t>>> waiting_;  // endpoint: due, id
    std::deque<std::uint64_t> order_;                                                  // of all that are remembered
    std::deque<std::uint64_t> finished_;                                               // oldest first
    DeliveryStatistics statistics_;
};

}  // namespace quittance::stripe_emulator
