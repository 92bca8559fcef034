#include "webhook_ingester/event_forwarder.hpp"

#include <utility>
#include <vector>

#include "quittance/v1/invoice_store.grpc.pb.h"
#include "rpc/client/batcher.hpp"
#include "rpc/client/client.hpp"

namespace quittance::webhook_ingester {
namespace {

namespace asio = boost::asio;
using StoreAsync = v1::InvoiceStore::StubInterface::async_interface;
using Clock = std::chrono::system_clock;
using OutcomeResult = rpc::Result<v1::EventOutcome>;
using OutcomeResults = std::vector<OutcomeResult>;

constexpr std::chrono::milliseconds kReadinessWait{500};
constexpr std::size_t kCompany = 16;  // so many let a second writer of the store join (writer.cpp)

struct Waiting {
    std::shared_ptr<v1::InvoiceEvent> event;  // moved out when its call begins
    Clock::time_point latest_start;
};

grpc::Status too_late() {
    return rpc::make_status(grpc::StatusCode::DEADLINE_EXCEEDED, "The store did not take the event in time.",
                            "store_too_slow");
}

// One event of a batch may be what the store cannot bear; these say nothing about the others. An outage concerns all.
bool may_be_one_events_fault(grpc::StatusCode code) {
    return code == grpc::StatusCode::INVALID_ARGUMENT || code == grpc::StatusCode::OUT_OF_RANGE ||
           code == grpc::StatusCode::INTERNAL || code == grpc::StatusCode::UNKNOWN;
}

}  // namespace

struct EventPush::State {
    using Batcher = rpc::Batcher<Waiting, v1::EventOutcome>;

    State(asio::io_context& loop, const rpc::ChannelOptions& store_options, std::chrono::milliseconds given_patience,
          runtime::Metrics& all_metrics)
        : metrics(all_metrics),
          patience(given_patience),
          channel(rpc::make_channel(store_options)),
          store(v1::InvoiceStore::NewStub(channel)),
          batcher(loop, {.company = kCompany},
                  [this](const std::vector<Waiting>& items, Batcher::Deadline) { return send(items); }),
          pending(
              metrics.gauge("quittance_webhook_events_pending", "Events pushed to the store and not answered yet.")),
          in_flight(metrics.gauge("quittance_webhook_calls_in_flight", "Calls to the store under way.")),
          batches(metrics.counter("quittance_webhook_batches_total", "Calls to the store.")),
          batched(metrics.counter("quittance_webhook_batched_events_total",
                                  "Events in them; divided by the calls, the mean size of a batch.")) {}

    // Refuses at once what has waited for too long, so that what waits behind a store that hangs is answered when the
    // hanging call is, and nobody waits longer than the patience.
    asio::awaitable<rpc::Result<OutcomeResults>> send(const std::vector<Waiting>& items) {
        const auto now = Clock::now();
        OutcomeResults results(items.size(), OutcomeResult(too_late()));
        v1::ApplyInvoiceEventsRequest request;
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (items[i].latest_start < now) continue;
            request.add_events()->Swap(items[i].event.get());
            places.push_back(i);
        }
        const auto deadline = now + patience / 2;
        if (!places.empty()) co_await apply_all(request, places, deadline, results);
        co_return results;
    }

    // Puts the outcome of request.events(i) at results[places[i]].
    asio::awaitable<void> apply_all(v1::ApplyInvoiceEventsRequest& request, const std::vector<std::size_t>& places,
                                    Clock::time_point deadline, OutcomeResults& results) {
        auto answer = co_await call(request, deadline);
        if (answer.has_error() && places.size() > 1 && may_be_one_events_fault(answer.error().error_code())) {
            co_await apply_one_by_one(request, places, deadline, results);
            co_return;
        }
        for (std::size_t i = 0; i < places.size(); ++i) {
            if (answer.has_error())
                results[places[i]] = answer.error();
            else if (static_cast<int>(i) < answer->outcomes_size())
                results[places[i]] = std::move(*answer->mutable_outcomes(static_cast<int>(i)));
            else
                results[places[i]] = rpc::make_status(grpc::StatusCode::INTERNAL,
                                                      "The store told no outcome of the event.", "outcome_missing");
        }
    }

    asio::awaitable<void> apply_one_by_one(v1::ApplyInvoiceEventsRequest& request,
                                           const std::vector<std::size_t>& places, Clock::time_point deadline,
                                           OutcomeResults& results) {
        for (std::size_t i = 0; i < places.size(); ++i) {
            v1::ApplyInvoiceEventsRequest single;
            single.add_events()->Swap(request.mutable_events(static_cast<int>(i)));
            const std::vector<std::size_t> place{places[i]};
            co_await apply_all(single, place, deadline, results);
        }
    }

    asio::awaitable<rpc::Result<v1::ApplyInvoiceEventsResponse>> call(const v1::ApplyInvoiceEventsRequest& request,
                                                                      Clock::time_point deadline) {
        batches.Increment();
        batched.Increment(request.events_size());
        const rpc::CallOptions options{deadline, {}};
        in_flight.Increment();
        auto answer = co_await rpc::call<StoreAsync, v1::ApplyInvoiceEventsRequest, v1::ApplyInvoiceEventsResponse>(
            metrics, "InvoiceStore.ApplyInvoiceEvents", &StoreAsync::ApplyInvoiceEvents, store->async(), request,
            options);
        in_flight.Decrement();
        co_return answer;
    }

    runtime::Metrics& metrics;
    std::chrono::milliseconds patience;
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<v1::InvoiceStore::StubInterface> store;
    Batcher batcher;
    prometheus::Gauge& pending;
    prometheus::Gauge& in_flight;
    prometheus::Counter& batches;
    prometheus::Counter& batched;
};

EventPush::EventPush(asio::io_context& loop, const rpc::ChannelOptions& store, std::chrono::milliseconds patience,
                     runtime::Metrics& metrics)
    : state_(std::make_unique<State>(loop, store, patience, metrics)) {}

EventPush::~EventPush() = default;

asio::awaitable<OutcomeResult> EventPush::apply(v1::InvoiceEvent event) {
    const auto bytes = event.ByteSizeLong();
    const auto now = Clock::now();
    Waiting waiting{std::make_shared<v1::InvoiceEvent>(std::move(event)), now + state_->patience / 2};
    state_->pending.Increment();
    auto outcome = co_await state_->batcher.submit(std::move(waiting), bytes, now + state_->patience);
    state_->pending.Decrement();
    co_return outcome;
}

bool EventPush::store_ready() {
    // gRPC moves a channel that no call uses only every few seconds, except while somebody waits for it.
    return state_->channel->WaitForConnected(Clock::now() + kReadinessWait);
}

}  // namespace quittance::webhook_ingester
