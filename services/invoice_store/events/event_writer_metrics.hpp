// The writer's metrics: outcomes, failed payments, batches, the queue, and the age of the newest applied event.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "quittance/v1/invoice.pb.h"
#include "quittance/v1/invoice_store.pb.h"
#include "runtime/metrics.hpp"

namespace quittance::invoice_store {

class WriterMetrics {
  public:
    explicit WriterMetrics(runtime::Metrics& metrics);

    void count(const v1::InvoiceEvent& event, const v1::EventOutcome& outcome);
    // A failed payment that no event told of before.
    void count_failure(const v1::PaymentError& failure);
    void observe_batch(std::size_t events, std::chrono::steady_clock::duration elapsed);
    void show_queue(std::size_t events);

  private:
    runtime::Metrics& metrics_;
    std::mutex codes_mutex_;
    std::set<std::string> codes_;  // of failures that were counted
    std::map<v1::EventOutcome::State, runtime::Counter> outcomes_;
    runtime::Counter batches_;
    runtime::Counter batch_events_;
    runtime::Histogram batch_seconds_;
    runtime::Gauge queue_depth_;
    // Shared with the scrape's callback, which may outlive the writer. 0: no event was applied yet.
    std::shared_ptr<std::atomic<std::int64_t>> newest_event_seconds_;
};

}  // namespace quittance::invoice_store
