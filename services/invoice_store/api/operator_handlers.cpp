#include "invoice_store/api/operator_handlers.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "invoice_store/accounts/stripe_accounts.hpp"
#include "invoice_store/events/inbox_queries.hpp"
#include "invoice_store/events/reconcile_cursors.hpp"
#include "invoice_store/events/refetch_queue.hpp"
#include "invoice_store/events/replay.hpp"
#include "invoice_store/events/request_refetches.hpp"
#include "invoice_store/settlements/stored_facts.hpp"

namespace quittance::invoice_store {
namespace {

// How many stored payloads, of up to 1 MiB each, are in memory at once.
constexpr std::size_t kReplaysAtOnce = 16;

using Replays = std::vector<std::optional<v1::InvoiceEvent>>;

v1::ApplyInvoiceEventsRequest events_of(const Replays& replays) {
    v1::ApplyInvoiceEventsRequest events;
    for (const auto& replay : replays)
        if (replay) *events.add_events() = *replay;
    return events;
}

// Adds one outcome for each replay: from `applied`, which has those of the events that exist, in their order.
void add_outcomes(const Replays& replays, v1::ApplyInvoiceEventsResponse& applied, v1::ReplayEventsResponse& response) {
    int next = 0;
    for (const auto& replay : replays) {
        auto& outcome = *response.add_outcomes();
        if (replay) {
            outcome.Swap(applied.mutable_outcomes(next++));
        } else {
            outcome.set_state(v1::EventOutcome::DEAD);
            outcome.set_detail("no such event");
        }
    }
}

}  // namespace

OperatorHandlers::Done OperatorHandlers::list_events(const rpc::Call& call, const v1::ListEventsRequest& request,
                                                     v1::ListEventsResponse& response) {
    return answer(call, request, response, invoice_store::list_events, reads_);
}

OperatorHandlers::Done OperatorHandlers::get_event(const rpc::Call& call, const v1::GetEventRequest& request,
                                                   v1::InboxEvent& response) {
    return answer(call, request, response, invoice_store::get_event, reads_);
}

OperatorHandlers::Done OperatorHandlers::replay_events(const rpc::Call& call, const v1::ReplayEventsRequest& request,
                                                       v1::ReplayEventsResponse& response) {
    if (auto refusal = refusal_of(request, schema_ready_)) co_return std::move(*refusal);
    const std::vector<v1::EventName> names(request.names().begin(), request.names().end());
    for (std::size_t from = 0; from < names.size(); from += kReplaysAtOnce) {
        const auto some = std::span(names).subspan(from, std::min(kReplaysAtOnce, names.size() - from));
        const auto load = [some, &call](pqxx::connection& connection) -> rpc::Result<Replays> {
            const tracing::CurrentTrace trace(call.trace);
            return load_replays(connection, some);
        };
        const auto replays = co_await writes_.run(load, call.deadline);
        if (replays.has_error()) co_return replays.error();
        const auto events = events_of(*replays);
        v1::ApplyInvoiceEventsResponse applied;
        auto status = co_await writer_.apply(events, applied, call.deadline, call.trace);
        if (!status.ok()) co_return status;
        add_outcomes(*replays, applied, response);
    }
    co_return grpc::Status::OK;
}

OperatorHandlers::Done OperatorHandlers::discard_events(const rpc::Call& call, const v1::DiscardEventsRequest& request,
                                                        v1::DiscardEventsResponse& response) {
    return answer(call, request, response, invoice_store::discard_events, writes_);
}

OperatorHandlers::Done OperatorHandlers::list_refetches(const rpc::Call& call, const v1::ListRefetchesRequest& request,
                                                        v1::ListRefetchesResponse& response) {
    return answer(call, request, response, invoice_store::list_refetches, reads_);
}

OperatorHandlers::Done OperatorHandlers::report_refetch(const rpc::Call& call, const v1::ReportRefetchRequest& request,
                                                        v1::ReportRefetchResponse& response) {
    return answer(call, request, response, invoice_store::report_refetch, writes_);
}

OperatorHandlers::Done OperatorHandlers::request_refetches(const rpc::Call& call,
                                                           const v1::RequestRefetchesRequest& request,
                                                           v1::RequestRefetchesResponse& response) {
    return answer(call, request, response, invoice_store::request_refetches, writes_);
}

OperatorHandlers::Done OperatorHandlers::record_stripe_account(const rpc::Call& call,
                                                               const v1::RecordStripeAccountRequest& request,
                                                               v1::StripeAccount& response) {
    return answer(call, request, response, invoice_store::record_stripe_account, writes_);
}

OperatorHandlers::Done OperatorHandlers::batch_get_payment_facts(const rpc::Call& call,
                                                                 const v1::BatchGetPaymentFactsRequest& request,
                                                                 v1::BatchGetPaymentFactsResponse& response) {
    return answer(call, request, response, invoice_store::batch_get_payment_facts, writes_);
}

OperatorHandlers::Done OperatorHandlers::get_cursor(const rpc::Call& call, const v1::GetCursorRequest& request,
                                                    v1::Cursor& response) {
    return answer(call, request, response, invoice_store::get_cursor, writes_);
}

OperatorHandlers::Done OperatorHandlers::move_cursor(const rpc::Call& call, const v1::MoveCursorRequest& request,
                                                     v1::Cursor& response) {
    return answer(call, request, response, invoice_store::move_cursor, writes_);
}

}  // namespace quittance::invoice_store
