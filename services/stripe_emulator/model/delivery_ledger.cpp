// The schedule of webhook retries. The waits are those of stripe/REFERENCE.md 6.1, since Stripe does not publish its
// own.
#include "stripe_emulator/model/delivery_ledger.hpp"

#include <algorithm>
#include <array>

#include "stripe_emulator/model/clock.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::array kRetryDelaysMs{5 * kMinuteMs, 30 * kMinuteMs, 2 * kHourMs,
                                    5 * kHourMs,   10 * kHourMs,   12 * kHourMs};
constexpr std::int64_t kGiveUpAfterMs = 72 * kHourMs;

}  // namespace

Delivery& DeliveryLedger::add(std::string event, std::string endpoint, std::int64_t due_ms, bool counted) {
    Delivery delivery;
    delivery.id = next_id_++;
    delivery.event = std::move(event);
    delivery.endpoint = std::move(endpoint);
    delivery.counted = counted;
    delivery.first_ms = due_ms;
    delivery.due_ms = due_ms;
    waiting_[delivery.endpoint].emplace(due_ms, delivery.id);
    order_.push_back(delivery.id);
    if (!counted) ++statistics_.duplicated;
    return deliveries_.emplace(delivery.id, std::move(delivery)).first->second;
}

void DeliveryLedger::add_lost(std::string event, std::string endpoint, std::int64_t now_ms) {
    auto& delivery = add(std::move(event), std::move(endpoint), now_ms, true);
    waiting_[delivery.endpoint].erase({now_ms, delivery.id});
    ++statistics_.lost;
    finish(delivery, DeliveryState::kLost);
}

std::vector<std::uint64_t> DeliveryLedger::take_due(const std::string& endpoint, std::int64_t now_ms,
                                                    std::size_t most) {
    std::vector<std::uint64_t> taken;
    const auto found = waiting_.find(endpoint);
    if (found == waiting_.end()) return taken;
    auto& queue = found->second;
    while (taken.size() < most && !queue.empty() && queue.begin()->first <= now_ms) {
        auto& delivery = deliveries_.at(queue.begin()->second);
        queue.erase(queue.begin());
        delivery.state = DeliveryState::kInFlight;
        ++in_flight_;
        taken.push_back(delivery.id);
    }
    return taken;
}

Delivery* DeliveryLedger::find(std::uint64_t id) {
    const auto found = deliveries_.find(id);
    return found == deliveries_.end() ? nullptr : &found->second;
}

const Delivery* DeliveryLedger::peek(std::uint64_t id) const {
    const auto found = deliveries_.find(id);
    return found == deliveries_.end() ? nullptr : &found->second;
}

bool DeliveryLedger::accepted(std::uint64_t id, int status) {
    ++statistics_.attempts;
    ++statistics_.accepted;
    --in_flight_;
    auto& delivery = deliveries_.at(id);
    ++delivery.attempts;
    delivery.last_status = status;
    delivery.last_problem.clear();
    const bool settles = delivery.counted;
    finish(delivery, DeliveryState::kAccepted);
    return settles;
}

void DeliveryLedger::failed(std::uint64_t id, int status, std::string problem) {
    ++statistics_.attempts;
    ++statistics_.failed;
    --in_flight_;
    auto& delivery = deliveries_.at(id);
    delivery.last_status = status;
    delivery.last_problem = std::move(problem);
    if (!delivery.counted) return finish(delivery, DeliveryState::kGivenUp);  // a copy is sent once
    retry_later(delivery);
}

void DeliveryLedger::skipped(std::uint64_t id) {
    --in_flight_;
    retry_later(deliveries_.at(id));
}

// The next step counts from when this attempt was due, so that a jump of the clock makes all its steps due.
void DeliveryLedger::retry_later(Delivery& delivery) {
    const auto step = std::min<std::size_t>(static_cast<std::size_t>(delivery.attempts), kRetryDelaysMs.size() - 1);
    ++delivery.attempts;
    const auto due = delivery.due_ms + kRetryDelaysMs.at(step);
    if (due - delivery.first_ms > kGiveUpAfterMs) {
        ++statistics_.given_up;
        return finish(delivery, DeliveryState::kGivenUp);
    }
    delivery.state = DeliveryState::kWaiting;
    delivery.due_ms = due;
    waiting_[delivery.endpoint].emplace(due, delivery.id);
}

void DeliveryLedger::drop_endpoint(const std::string& endpoint) {
    const auto found = waiting_.find(endpoint);
    if (found == waiting_.end()) return;
    const auto queue = std::move(found->second);
    waiting_.erase(found);
    for (const auto& [due, id] : queue) {
        ++statistics_.dropped;
        finish(deliveries_.at(id), DeliveryState::kDropped);
    }
}

void DeliveryLedger::finish(Delivery& delivery, DeliveryState state) {
    delivery.state = state;
    finished_.push_back(delivery.id);
    while (finished_.size() > remembered_) {
        deliveries_.erase(finished_.front());
        finished_.pop_front();
    }
    while (!order_.empty() && !deliveries_.contains(order_.front())) order_.pop_front();
}

std::optional<std::int64_t> DeliveryLedger::next_due() const {
    std::optional<std::int64_t> earliest;
    for (const auto& [endpoint, queue] : waiting_) {
        if (!queue.empty() && (!earliest || queue.begin()->first < *earliest)) earliest = queue.begin()->first;
    }
    return earliest;
}

std::optional<std::int64_t> DeliveryLedger::next_due(const std::string& endpoint) const {
    const auto found = waiting_.find(endpoint);
    if (found == waiting_.end() || found->second.empty()) return std::nullopt;
    return found->second.begin()->first;
}

std::size_t DeliveryLedger::waiting() const {
    std::size_t count = 0;
    for (const auto& [endpoint, queue] : waiting_) count += queue.size();
    return count;
}

}  // namespace quittance::stripe_emulator
