// Pushes events to the store: what waits travels together in one call, and every event gets its own answer within a
// bounded time, whatever the store does.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"
#include "runtime/metrics.hpp"

namespace quittance::rpc {
struct ChannelOptions;
}

namespace quittance::webhook_ingester {

class EventPush {
  public:
    // `patience`: from apply() to its answer at most. Half of it may be spent waiting for a call, half in the call.
    EventPush(boost::asio::io_context& loop, const rpc::ChannelOptions& store, std::chrono::milliseconds patience,
              runtime::Metrics& metrics);
    ~EventPush();

    // The store's outcome for this event. Any error means that the event is not known to be durable:
    // UNAVAILABLE, DEADLINE_EXCEEDED (not in time), RESOURCE_EXHAUSTED (too many wait), or what the store says.
    boost::asio::awaitable<rpc::Result<v1::EventOutcome>> apply(v1::InvoiceEvent event);

    // Whether a connection to the store stands; asks for one where it does not and waits for it, up to half a second.
    // From any thread that may block.
    bool store_ready();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::webhook_ingester
