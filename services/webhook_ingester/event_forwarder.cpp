#include "webhook_ingester/event_forwarder.hpp"

#include <utility>

namespace quittance::webhook_ingester {
namespace {

namespace asio = boost::asio;

// After these codes one event of the batch may be at fault. An outage concerns all of them.
bool may_be_one_events_fault(grpc::StatusCode code) {
    return code == grpc::StatusCode::INVALID_ARGUMENT || code == grpc::StatusCode::OUT_OF_RANGE ||
           code == grpc::StatusCode::INTERNAL || code == grpc::StatusCode::UNKNOWN;
}

rpc::BatcherLimits limits(std::chrono::milliseconds call_time) {
    return {.min_batch_items = rpc::kMinBatchItems, .call_time = call_time, .split_after = may_be_one_events_fault};
}

}  // namespace

EventForwarder::EventForwarder(asio::io_context& loop, clients::InvoiceStoreClient& store,
                               std::chrono::milliseconds ack_timeout, runtime::Metrics& metrics)
    : store_(store),
      longest_wait_(ack_timeout / 2),
      batcher_(loop, limits(ack_timeout / 2),
               [this](std::vector<Waiting>& events, Batcher::Deadline deadline) { return send(events, deadline); }),
      pending_(metrics.gauge("quittance_webhook_events_pending", "Events pushed to the store and not answered yet.")),
      in_flight_(metrics.gauge("quittance_webhook_calls_in_flight", "Calls to the store under way.")),
      batches_(metrics.counter("quittance_webhook_batches_total", "Calls to the store.")),
      batched_(metrics.counter("quittance_webhook_batched_events_total",
                               "Events in them; divided by the calls, the mean size of a batch.")) {}

rpc::AsyncReply<v1::EventOutcome> EventForwarder::apply(v1::InvoiceEvent event, rpc::CallOptions origin) {
    const auto bytes = event.ByteSizeLong();
    const auto latest_start = std::chrono::system_clock::now() + longest_wait_;
    pending_.increment();
    Waiting waiting{std::move(event), std::move(origin)};
    auto outcome = co_await batcher_.submit(std::move(waiting), bytes, latest_start);
    pending_.decrement();
    co_return std::move(outcome);
}

// A part of the first trace that is sampled, and linked to the others.
tracing::Span EventForwarder::span_of_batch(const std::vector<Waiting>& events) {
    tracing::Span span;
    for (const auto& [event, origin] : events) {
        if (!origin.trace.sampled) continue;
        if (span.context().empty())
            span = tracing::Span("send events", tracing::Kind::kProducer, origin.trace);
        else
            span.link_to(origin.trace);
    }
    span.set({"quittance.batch.events", events.size()});
    return span;
}

asio::awaitable<rpc::Result<EventForwarder::Batcher::Answers>> EventForwarder::send(std::vector<Waiting>& events,
                                                                                    Batcher::Deadline deadline) {
    v1::ApplyInvoiceEventsRequest request;
    for (auto& waiting : events) request.add_events()->Swap(&waiting.event);
    batches_.increment();
    batched_.increment(request.events_size());
    in_flight_.increment();
    const auto span = span_of_batch(events);
    // One event has its request's id. Many have the id of the call, which the store makes.
    rpc::CallOptions options{deadline};
    if (events.size() == 1) options.request_id = events.front().origin.request_id;
    options.trace = span.context();
    const auto reply = co_await store_.apply_invoice_events(request, options);
    in_flight_.decrement();
    for (std::size_t i = 0; i < events.size(); ++i) request.mutable_events(static_cast<int>(i))->Swap(&events[i].event);
    if (reply.has_error()) co_return reply.error();
    Batcher::Answers outcomes;
    for (auto& outcome : *reply->mutable_outcomes()) outcomes.emplace_back(reply.part(outcome));
    co_return outcomes;
}

}  // namespace quittance::webhook_ingester
