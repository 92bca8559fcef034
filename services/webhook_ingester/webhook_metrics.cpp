#include "webhook_ingester/webhook_metrics.hpp"

#include <array>

#include "base/timestamps.hpp"

namespace quittance::webhook_ingester {
namespace {

constexpr std::array<std::string_view, kOutcomes> kNames{
    "applied",           "stale",          "duplicate",       "ignored",           "needs_refetch", "dead",
    "not_ours",          "wrong_mode",     "foreign_account", "thin_event",        "bad_signature", "not_an_event",
    "store_unavailable", "store_too_slow", "store_refused",   "stripe_unavailable"};

}  // namespace

std::string_view name_of(Outcome outcome) {
    return kNames[static_cast<std::size_t>(outcome)];
}

WebhookMetrics::WebhookMetrics(runtime::Metrics& metrics)
    : metrics_(&metrics),
      seconds_(metrics.seconds("quittance_webhook_seconds", "From a webhook's last byte to its answer.")),
      failed_events_(metrics.counter("quittance_stripe_failed_events_total",
                                     "Events that Stripe failed to make, as it said itself. Their objects were asked "
                                     "for.")),
      newest_(std::make_shared<std::atomic<std::int64_t>>(base::unix_now())) {
    for (std::size_t i = 0; i < kOutcomes; ++i)
        outcomes_.push_back(metrics.counter("quittance_webhooks_total", "Webhooks by how they ended.",
                                            {{"outcome", std::string(kNames[i])}}));
    const auto age =
        metrics.gauge("quittance_newest_event_age_seconds",
                      "Age of the newest event that was made durable; since the start where none was yet.");
    metrics.before_scrape([age, newest = newest_] { age.set(static_cast<double>(base::unix_now() - newest->load())); });
}

void WebhookMetrics::add_secrets(const std::string& account, std::size_t secrets) {
    for (std::size_t i = 0; i < secrets; ++i)
        secrets_.push_back(metrics_->counter("quittance_webhook_signatures_total",
                                             "Verified webhooks by account and by the secret that fitted, as its place "
                                             "in the configuration, from 0.",
                                             {{"account", account}, {"secret", std::to_string(i)}}));
}

void WebhookMetrics::count(Outcome outcome, std::chrono::steady_clock::time_point start) {
    outcomes_[static_cast<std::size_t>(outcome)].increment();
    seconds_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

void WebhookMetrics::note_event_time(std::int64_t seconds) {
    // One loop writes, so nothing changes between the comparison and the store.
    if (!any_event_ || seconds > newest_->load()) newest_->store(seconds);
    any_event_ = true;
}

}  // namespace quittance::webhook_ingester
