// The handlers of InvoiceStore for operators and for the ingester's background repairs: events of the inbox, refetches
// and cursors. They are coroutines on the loop and see nothing of gRPC but its status.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>

#include "invoice_store/api/answer.hpp"
#include "invoice_store/events/event_writer.hpp"
#include "postgres/pool.hpp"
#include "quittance/v1/invoice_store.pb.h"
#include "rpc/call.hpp"

namespace quittance::invoice_store {

class OperatorHandlers {
  public:
    // Lists are read from `reads`. Reads that decide a later write come from `writes`. Every call is UNAVAILABLE until
    // `schema_ready` is set. All references must outlive the handlers.
    OperatorHandlers(postgres::Pool& reads, postgres::Pool& writes, Writer& writer,
                     const std::atomic<bool>& schema_ready)
        : reads_(reads), writes_(writes), writer_(writer), schema_ready_(schema_ready) {}

    using Done = boost::asio::awaitable<grpc::Status>;

    Done list_events(const rpc::Call& call, const v1::ListEventsRequest& request, v1::ListEventsResponse& response);
    Done get_event(const rpc::Call& call, const v1::GetEventRequest& request, v1::InboxEvent& response);
    Done replay_events(const rpc::Call& call, const v1::ReplayEventsRequest& request,
                       v1::ReplayEventsResponse& response);
    Done discard_events(const rpc::Call& call, const v1::DiscardEventsRequest& request,
                        v1::DiscardEventsResponse& response);
    Done list_refetches(const rpc::Call& call, const v1::ListRefetchesRequest& request,
                        v1::ListRefetchesResponse& response);
    Done report_refetch(const rpc::Call& call, const v1::ReportRefetchRequest& request,
                        v1::ReportRefetchResponse& response);
    Done request_refetches(const rpc::Call& call, const v1::RequestRefetchesRequest& request,
                           v1::RequestRefetchesResponse& response);
    Done record_stripe_account(const rpc::Call& call, const v1::RecordStripeAccountRequest& request,
                               v1::StripeAccount& response);
    Done batch_get_payment_facts(const rpc::Call& call, const v1::BatchGetPaymentFactsRequest& request,
                                 v1::BatchGetPaymentFactsResponse& response);
    Done get_cursor(const rpc::Call& call, const v1::GetCursorRequest& request, v1::Cursor& response);
    Done move_cursor(const rpc::Call& call, const v1::MoveCursorRequest& request, v1::Cursor& response);

  private:
    template <class Request, class Response, class Work>
    Done answer(const rpc::Call& call, const Request& request, Response& response, Work work, postgres::Pool& pool) {
        return invoice_store::answer(schema_ready_, call, request, response, std::move(work), ConnectionSource(pool));
    }

    postgres::Pool& reads_;
    postgres::Pool& writes_;
    Writer& writer_;
    const std::atomic<bool>& schema_ready_;
};

}  // namespace quittance::invoice_store
