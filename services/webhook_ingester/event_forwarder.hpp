// Forwards events to the store. Waiting events travel together in one call, and each gets its own answer within a
// limited time, whatever the store does.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <vector>

#include "clients/invoice_store_client.hpp"
#include "rpc/client/batcher.hpp"
#include "tracing/span.hpp"

namespace quittance::webhook_ingester {

class EventForwarder {
  public:
    // `ack_timeout`: from apply() to its answer at most. Half of it is for the wait for a call, half for the call.
    // `store` and `metrics` must outlive the forwarder.
    EventForwarder(boost::asio::io_context& loop, clients::InvoiceStoreClient& store,
                   std::chrono::milliseconds ack_timeout, runtime::Metrics& metrics);

    // The store's outcome for this event. After an error the event may not be durable: UNAVAILABLE, DEADLINE_EXCEEDED
    // (not in time), RESOURCE_EXHAUSTED (too many events wait), or a code of ApplyInvoiceEvents.
    // `origin`: the id and the trace of the request that brought the event.
    rpc::AsyncReply<v1::EventOutcome> apply(v1::InvoiceEvent event, rpc::CallOptions origin = {});

  private:
    struct Waiting {
        v1::InvoiceEvent event;
        rpc::CallOptions origin;
    };
    using Batcher = rpc::Batcher<Waiting, std::shared_ptr<v1::EventOutcome>>;

    boost::asio::awaitable<rpc::Result<Batcher::Answers>> send(std::vector<Waiting>& events,
                                                               Batcher::Deadline deadline);
    static tracing::Span span_of_batch(const std::vector<Waiting>& events);

    clients::InvoiceStoreClient& store_;
    const std::chrono::milliseconds longest_wait_;
    Batcher batcher_;
    runtime::Gauge pending_;
    runtime::Gauge in_flight_;
    runtime::Counter batches_;
    runtime::Counter batched_;
};

}  // namespace quittance::webhook_ingester
