// What the ingester counts. Looked up once at the start: the look-up takes a lock, a webhook does not.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/metrics.hpp"

namespace quittance::webhook_ingester {

// How a delivery ended; the words of `quittance_webhooks_total{outcome}`.
enum class Outcome {
    kApplied,
    kStale,
    kDuplicate,
    kIgnored,
    kNeedsRefetch,
    kDead,
    kNotOurs,       // verified, but of a type that the store does not want
    kWrongMode,     // verified, but of the other mode than its account's
    kThinEvent,     // verified, but a notification of API v2, which holds no object
    kBadSignature,  // answered 400, as the next
    kNotAnEvent,
    kStoreUnavailable,  // answered 503, as the next two
    kStoreTooSlow,
    kStoreRefused,  // RETRY, or a failure that is nobody's outage
};
constexpr std::size_t kOutcomes = 14;

// "applied"
std::string_view name_of(Outcome outcome);

class WebhookMetrics {
  public:
    explicit WebhookMetrics(runtime::Metrics& metrics);

    // So many more of this account; each has a counter under its place there, so that a rolled one is seen to fall
    // silent.
    void add_secrets(const std::string& account, std::size_t secrets);

    void count(Outcome outcome, std::chrono::steady_clock::time_point start);
    // `index`: in the order of all that were added.
    void count_secret(std::size_t index) { secrets_[index]->Increment(); }
    // An event is durable that happened at this time, in Unix seconds.
    void note_event_time(std::int64_t seconds);

  private:
    std::array<prometheus::Counter*, kOutcomes> outcomes_{};
    runtime::Metrics* metrics_;
    std::vector<prometheus::Counter*> secrets_;
    prometheus::Histogram* seconds_;
    // Shared with the scrape, which may outlive us.
    std::shared_ptr<std::atomic<std::int64_t>> newest_;
    bool any_event_ = false;
};

}  // namespace quittance::webhook_ingester
