// The store's calls for operators and for the repair of what webhooks left open, as plain coroutines.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>

#include "invoice_store/events/event_writer.hpp"
#include "postgres/pool.hpp"
#include "quittance/v1/invoice_store.pb.h"
#include "rpc/call.hpp"

namespace quittance::invoice_store {

class RepairService {
  public:
    // Lists are read from `reads`; what decides something, from `writes`. All calls are UNAVAILABLE until
    // `schema_ready` is set.
    RepairService(postgres::Pool& reads, postgres::Pool& writes, Writer& writer, const std::atomic<bool>& schema_ready)
        : reads_(reads), writes_(writes), writer_(writer), schema_ready_(schema_ready) {}

    boost::asio::awaitable<grpc::Status> list_events(const rpc::Call& call, const v1::ListEventsRequest& request,
                                                     v1::ListEventsResponse& response);
    boost::asio::awaitable<grpc::Status> get_event(const rpc::Call& call, const v1::GetEventRequest& request,
                                                   v1::InboxEvent& response);
    boost::asio::awaitable<grpc::Status> replay_events(const rpc::Call& call, const v1::ReplayEventsRequest& request,
                                                       v1::ReplayEventsResponse& response);
    boost::asio::awaitable<grpc::Status> discard_events(const rpc::Call& call, const v1::DiscardEventsRequest& request,
                                                        v1::DiscardEventsResponse& response);
    boost::asio::awaitable<grpc::Status> list_refetches(const rpc::Call& call, const v1::ListRefetchesRequest& request,
                                                        v1::ListRefetchesResponse& response);
    boost::asio::awaitable<grpc::Status> get_cursor(const rpc::Call& call, const v1::GetCursorRequest& request,
                                                    v1::Cursor& response);
    boost::asio::awaitable<grpc::Status> move_cursor(const rpc::Call& call, const v1::MoveCursorRequest& request,
                                                     v1::Cursor& response);

  private:
    template <class Request, class Response>
    boost::asio::awaitable<grpc::Status> answer(postgres::Pool& pool,
                                                rpc::Result<Response> (*work)(pqxx::connection&, const Request&),
                                                const rpc::Call& call, const Request& request, Response& response);

    postgres::Pool& reads_;
    postgres::Pool& writes_;
    Writer& writer_;
    const std::atomic<bool>& schema_ready_;
};

}  // namespace quittance::invoice_store
