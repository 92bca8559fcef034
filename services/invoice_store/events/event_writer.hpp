// Group commit: a thread writes all waiting events in one transaction while the next batch collects. There is no timer:
// an event that finds the writer idle is written at once.
#pragma once

#include <grpcpp/support/status.h>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "base/trace_context.hpp"
#include "postgres/pool.hpp"
#include "quittance/v1/invoice_store.pb.h"
#include "runtime/metrics.hpp"

namespace quittance::invoice_store {

struct WriterOptions {
    std::size_t threads = 2;  // each uses one connection
    std::size_t batch_events = 256;
    std::size_t batch_bytes = 1024 * 1024;  // of payloads and messages; a larger event is written alone
    std::size_t queued_events = 8'192;      // beyond: RESOURCE_EXHAUSTED
    std::size_t queued_bytes = 64 * 1024 * 1024;
    std::function<void()> on_written = [] {};  // runs after each batch, on the writer's thread
    // Runs on the writer's thread after a batch that the database did not write completely.
    std::function<void()> on_refused = [] {};
};

class Writer {
  public:
    // The pool must have a connection for each thread, prepared by prepare_batches.
    Writer(postgres::Pool& pool, WriterOptions options, runtime::Metrics& metrics);
    ~Writer();  // as stop()

    // Sets one outcome for each event, in their order, once all of them are decided. OK: see ApplyInvoiceEvents in the
    // proto. RESOURCE_EXHAUSTED: the queue is full, no event was accepted. UNAVAILABLE: every outcome is RETRY. Events
    // that still wait at the deadline are not written. Request, response and trace must live until apply returns.
    boost::asio::awaitable<grpc::Status> apply(const v1::ApplyInvoiceEventsRequest& request,
                                               v1::ApplyInvoiceEventsResponse& response,
                                               std::chrono::system_clock::time_point deadline,
                                               const base::TraceContext& trace = {});

    // Accepts no more events and returns when all accepted events are decided.
    void stop();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::invoice_store
