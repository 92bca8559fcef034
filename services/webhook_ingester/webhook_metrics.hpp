// The ingester's metrics. They are looked up once, at the start, because a look-up takes a lock.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/metrics.hpp"

namespace quittance::webhook_ingester {

// The result of a delivery: the values of `quittance_webhooks_total{outcome}`.
enum class Outcome {
    kApplied,
    kStale,
    kDuplicate,
    kIgnored,
    kNeedsRefetch,
    kDead,
    kNotOurs,         // verified, of a type that the store does not want
    kWrongMode,       // verified, not of its account's mode
    kForeignAccount,  // verified, of a Stripe account that the configuration does not name
    kThinEvent,       // verified, a thin event about nothing that the store wants
    kBadSignature,    // answered 400, as the next
    kNotAnEvent,
    kStoreUnavailable,  // answered 503, as the next three
    kStoreTooSlow,
    kStoreRefused,       // RETRY, or a failure that is no outage
    kStripeUnavailable,  // a thin event, and Stripe was not asked what it stands for
};
constexpr std::size_t kOutcomes = 16;

// "applied"
std::string_view name_of(Outcome outcome);

class WebhookMetrics {
  public:
    explicit WebhookMetrics(runtime::Metrics& metrics);

    // Forgets the counters of the secrets before, and adds counters for an account's secrets. They show when the old
    // secret of a rolled one is used no more.
    void forget_secrets() { secrets_.clear(); }
    void add_secrets(const std::string& account, std::size_t secrets);

    void count(Outcome outcome, std::chrono::steady_clock::time_point start);
    // `index`: among all secrets, in the order in which they were added.
    void count_secret(std::size_t index) { secrets_[index].increment(); }
    // `seconds`: the time of an event that is durable now, Unix time.
    void note_event_time(std::int64_t seconds);
    // Stripe said that it failed to make an event.
    void count_failed_event() { failed_events_.increment(); }

  private:
    std::vector<runtime::Counter> outcomes_;  // in the order of Outcome
    runtime::Metrics* metrics_;
    std::vector<runtime::Counter> secrets_;
    runtime::Histogram seconds_;
    runtime::Counter failed_events_;
    // Shared with the scrape, which may outlive this object.
    std::shared_ptr<std::atomic<std::int64_t>> newest_;
    bool any_event_ = false;
};

}  // namespace quittance::webhook_ingester
