// The handlers of InvoiceStore for the gateway and the ingester: Stripe's account behind a label, and refetches that
// they ask for.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>

#include "postgres/pool.hpp"
#include "quittance/v1/invoice_store.pb.h"
#include "rpc/call.hpp"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

class AccountHandlers {
  public:
    using Done = boost::asio::awaitable<grpc::Status>;

    // Every call is UNAVAILABLE until `schema_ready` is set. Both references must outlive the handlers.
    AccountHandlers(postgres::Pool& writes, const std::atomic<bool>& schema_ready)
        : writes_(writes), schema_ready_(schema_ready) {}

    Done record(const rpc::Call& call, const v1::RecordStripeAccountRequest& request, v1::StripeAccount& response);
    Done request_refetches(const rpc::Call& call, const v1::RequestRefetchesRequest& request,
                           v1::RequestRefetchesResponse& response);

  private:
    // `work(connection, request)` returns a Result<Response>.
    template <class Request, class Response>
    Done answer(const rpc::Call& call, const Request& request, Response& response,
                rpc::Result<Response> (*work)(pqxx::connection&, const Request&));

    postgres::Pool& writes_;
    const std::atomic<bool>& schema_ready_;
};

}  // namespace quittance::invoice_store
