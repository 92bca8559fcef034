// The handlers: check, ask the database, answer.
#include "invoice_store/api/operator_handlers.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "invoice_store/api/validation.hpp"
#include "invoice_store/events/inbox_queries.hpp"
#include "invoice_store/events/reconcile_cursors.hpp"
#include "invoice_store/events/refetch_queue.hpp"
#include "invoice_store/events/replay.hpp"

namespace quittance::invoice_store {
namespace {

namespace asio = boost::asio;

// Payloads of up to 1 MiB are read again that many at a time.
constexpr int kReplaysAtOnce = 16;

using Replays = std::vector<std::optional<v1::InvoiceEvent>>;

template <class Request>
std::optional<grpc::Status> refusal_of(const Request& request, const std::atomic<bool>& schema_ready) {
    if (!schema_ready.load(std::memory_order_acquire))
        return rpc::make_status(grpc::StatusCode::UNAVAILABLE, "the store is starting", "schema_pending");
    const auto violations = violations_of(request);
    if (violations.empty()) return std::nullopt;
    return rpc::invalid_argument(violations);
}

// An outcome per replay, from those of the events that were there.
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

template <class Request, class Response>
asio::awaitable<grpc::Status> RepairService::answer(postgres::Pool& pool,
                                                    rpc::Result<Response> (*work)(pqxx::connection&, const Request&),
                                                    const rpc::Call& call, const Request& request, Response& response) {
    if (const auto refusal = refusal_of(request, schema_ready_)) co_return *refusal;
    const auto job = [work, &request](pqxx::connection& connection) { return work(connection, request); };
    auto result = co_await pool.run(job, call.deadline);
    if (result.has_error()) co_return result.error();
    response = std::move(*result);
    co_return grpc::Status::OK;
}

asio::awaitable<grpc::Status> RepairService::list_events(const rpc::Call& call, const v1::ListEventsRequest& request,
                                                         v1::ListEventsResponse& response) {
    co_return co_await answer(reads_, &invoice_store::list_events, call, request, response);
}

asio::awaitable<grpc::Status> RepairService::get_event(const rpc::Call& call, const v1::GetEventRequest& request,
                                                       v1::InboxEvent& response) {
    co_return co_await answer(reads_, &invoice_store::get_event, call, request, response);
}

asio::awaitable<grpc::Status> RepairService::replay_events(const rpc::Call& call,
                                                           const v1::ReplayEventsRequest& request,
                                                           v1::ReplayEventsResponse& response) {
    if (const auto refusal = refusal_of(request, schema_ready_)) co_return *refusal;
    const std::vector<v1::EventName> names(request.names().begin(), request.names().end());
    for (std::size_t from = 0; from < names.size(); from += kReplaysAtOnce) {
        const auto some = std::span(names).subspan(from, std::min<std::size_t>(kReplaysAtOnce, names.size() - from));
        const auto load = [some](pqxx::connection& connection) -> rpc::Result<Replays> {
            return load_replays(connection, some);
        };
        const auto replays = co_await writes_.run(load, call.deadline);
        if (replays.has_error()) co_return replays.error();
        v1::ApplyInvoiceEventsRequest events;
        for (const auto& replay : *replays)
            if (replay) *events.add_events() = *replay;
        v1::ApplyInvoiceEventsResponse applied;
        const auto status = co_await writer_.apply(events, applied, call.deadline);
        if (!status.ok()) co_return status;
        add_outcomes(*replays, applied, response);
    }
    co_return grpc::Status::OK;
}

asio::awaitable<grpc::Status> RepairService::discard_events(const rpc::Call& call,
                                                            const v1::DiscardEventsRequest& request,
                                                            v1::DiscardEventsResponse& response) {
    co_return co_await answer(writes_, &invoice_store::discard_events, call, request, response);
}

asio::awaitable<grpc::Status> RepairService::list_refetches(const rpc::Call& call,
                                                            const v1::ListRefetchesRequest& request,
                                                            v1::ListRefetchesResponse& response) {
    co_return co_await answer(reads_, &invoice_store::list_refetches, call, request, response);
}

asio::awaitable<grpc::Status> RepairService::get_cursor(const rpc::Call& call, const v1::GetCursorRequest& request,
                                                        v1::Cursor& response) {
    co_return co_await answer(writes_, &invoice_store::get_cursor, call, request, response);
}

asio::awaitable<grpc::Status> RepairService::move_cursor(const rpc::Call& call, const v1::MoveCursorRequest& request,
                                                         v1::Cursor& response) {
    co_return co_await answer(writes_, &invoice_store::move_cursor, call, request, response);
}

}  // namespace quittance::invoice_store
