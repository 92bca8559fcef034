#include "invoice_store/events/event_writer_metrics.hpp"

#include <algorithm>
#include <string>

namespace quittance::invoice_store {
namespace {

std::string label_of(v1::EventOutcome::State state) {
    auto name = v1::EventOutcome::State_Name(state);
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    return name;
}

// Stripe has some dozens of codes. More would be no codes, and each costs a time series.
constexpr std::size_t kMostCodes = 100;
constexpr std::size_t kLongestCode = 64;

bool is_code(const std::string& code) {
    return !code.empty() && code.size() <= kLongestCode && std::all_of(code.begin(), code.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

}  // namespace

WriterMetrics::WriterMetrics(runtime::Metrics& metrics)
    : metrics_(metrics),
      batches_(metrics.counter("quittance_writer_batches_total", "Batches of events written")),
      batch_events_(metrics.counter("quittance_writer_batch_events_total", "Events in the batches written")),
      batch_seconds_(metrics.seconds("quittance_writer_batch_seconds", "Time to write a batch")),
      queue_depth_(metrics.gauge("quittance_writer_queue_depth", "Events that wait for the writer")),
      newest_event_seconds_(std::make_shared<std::atomic<std::int64_t>>(0)) {
    for (int number = v1::EventOutcome::APPLIED; number < v1::EventOutcome::State_ARRAYSIZE; ++number) {
        const auto state = static_cast<v1::EventOutcome::State>(number);
        outcomes_.emplace(
            state, metrics.counter("quittance_events_total", "Events by outcome", {{"outcome", label_of(state)}}));
    }
    const auto age = metrics.gauge("quittance_newest_applied_event_age_seconds",
                                   "Age of the newest applied event of this process; -1 until there is one");
    metrics.before_scrape([newest = newest_event_seconds_, age] {
        const auto seconds = newest->load(std::memory_order_relaxed);
        const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
        age.set(seconds == 0 ? -1.0 : now.count() - static_cast<double>(seconds));
    });
}

void WriterMetrics::count(const v1::InvoiceEvent& event, const v1::EventOutcome& outcome) {
    if (const auto counter = outcomes_.find(outcome.state()); counter != outcomes_.end()) counter->second.increment();
    if (outcome.state() != v1::EventOutcome::APPLIED && outcome.state() != v1::EventOutcome::NEEDS_REFETCH) return;
    const auto seconds = event.event_time().seconds();
    auto newest = newest_event_seconds_->load(std::memory_order_relaxed);
    while (newest < seconds &&
           !newest_event_seconds_->compare_exchange_weak(newest, seconds, std::memory_order_relaxed)) {
    }
}

void WriterMetrics::count_failure(const v1::PaymentError& failure) {
    std::string code = is_code(failure.code()) ? failure.code() : "other";
    {
        const std::lock_guard lock(codes_mutex_);
        if (codes_.size() >= kMostCodes && !codes_.contains(code)) code = "other";
        codes_.insert(code);
    }
    metrics_
        .counter("quittance_payment_failures_total", "Failed attempts to collect, by Stripe's code", {{"code", code}})
        .increment();
}

void WriterMetrics::observe_batch(std::size_t events, std::chrono::steady_clock::duration elapsed) {
    if (events == 0) return;
    batches_.increment();
    batch_events_.increment(static_cast<double>(events));
    batch_seconds_.observe(std::chrono::duration<double>(elapsed).count());
}

void WriterMetrics::show_queue(std::size_t events) {
    queue_depth_.set(static_cast<double>(events));
}

}  // namespace quittance::invoice_store
