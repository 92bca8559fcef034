// Group commit: takes everything that waits, writes it in one transaction, and meanwhile the next batch collects. No
// timer: an event that finds the writer idle goes at once.
#pragma once

#include <grpcpp/support/status.h>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "postgres/pool.hpp"
#include "quittance/v1/invoice_store.pb.h"
#include "runtime/metrics.hpp"

namespace quittance::invoice_store {

struct WriterOptions {
    std::size_t threads = 2;  // each on a connection of its own
    std::size_t batch_events = 256;
    std::size_t batch_bytes = 1024 * 1024;  // of payloads and messages; a larger event goes alone
    std::size_t queued_events = 8'192;      // more: RESOURCE_EXHAUSTED
    std::size_t queued_bytes = 64 * 1024 * 1024;
    std::function<void()> on_written = [] {};  // after each batch, on the writer's thread
    std::function<void()> on_refused = [] {
    };  // after a batch of which the database could not take everything; there too
};

class Writer {
  public:
    // The pool must have a connection for each thread, prepared by prepare_batches.
    Writer(postgres::Pool& pool, WriterOptions options, runtime::Metrics& metrics);
    ~Writer();  // as stop()

    // Sets an outcome per event, in their order, once all of them are decided. OK: see ApplyInvoiceEvents in the proto.
    // RESOURCE_EXHAUSTED: the queue is full, nothing was taken. UNAVAILABLE: every single outcome is RETRY. Events that
    // still wait at the deadline are not written. Request and response must live until it returns.
    boost::asio::awaitable<grpc::Status> apply(const v1::ApplyInvoiceEventsRequest& request,
                                               v1::ApplyInvoiceEventsResponse& response,
                                               std::chrono::system_clock::time_point deadline);

    // Takes no more and returns when everything that was taken is decided.
    void stop();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::invoice_store
