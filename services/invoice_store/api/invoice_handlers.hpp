// The handlers of InvoiceStore for services: apply events, read and list invoices, register customers. They are
// coroutines on the loop and see nothing of gRPC but its status.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

#include "invoice_store/api/answer.hpp"
#include "invoice_store/events/event_writer.hpp"
#include "invoice_store/lists/list_projection_backfill.hpp"
#include "quittance/v1/invoice_store.pb.h"
#include "rpc/client/batcher.hpp"

namespace quittance::invoice_store {

// Prepares a connection of the pool for reads.
void prepare_reads(pqxx::connection& connection);

class InvoiceHandlers {
  public:
    // Every call is UNAVAILABLE until `schema_ready` is set. Gets that wait at the same time share one statement;
    // `get_calls` is how many such statements run at once. `on_moved` is called after a registration, which may have
    // moved invoices to another owner. All references must outlive the handlers.
    InvoiceHandlers(
        boost::asio::io_context& loop, ReadRoute& reads, postgres::Pool& writes, Writer& writer,
        ListProjectionBackfill& entries, std::size_t get_calls, const std::atomic<bool>& schema_ready,
        std::function<void()> on_moved = [] {});

    using Done = boost::asio::awaitable<grpc::Status>;

    Done apply_invoice_events(const rpc::Call& call, const v1::ApplyInvoiceEventsRequest& request,
                              v1::ApplyInvoiceEventsResponse& response);
    Done get_invoice(const rpc::Call& call, const v1::GetInvoiceRequest& request, v1::Invoice& response);
    Done batch_list_invoices(const rpc::Call& call, const v1::BatchListInvoicesRequest& request,
                             v1::BatchListInvoicesResponse& response);
    Done batch_get_invoices(const rpc::Call& call, const v1::BatchGetInvoicesRequest& request,
                            v1::BatchGetInvoicesResponse& response);
    Done list_invoices(const rpc::Call& call, const v1::ListInvoicesRequest& request,
                       v1::ListInvoicesResponse& response);
    Done get_last_invoice(const rpc::Call& call, const v1::GetLastInvoiceRequest& request, v1::Invoice& response);
    Done get_billing_history(const rpc::Call& call, const v1::GetBillingHistoryRequest& request,
                             v1::GetBillingHistoryResponse& response);
    Done find_by_creation_key(const rpc::Call& call, const v1::FindByCreationKeyRequest& request,
                              v1::Invoice& response);
    Done register_customer(const rpc::Call& call, const v1::RegisterCustomerRequest& request, v1::Customer& response);
    Done get_customer(const rpc::Call& call, const v1::GetCustomerRequest& request, v1::Customer& response);

  private:
    template <class Request, class Response, class Work>
    Done answer(const rpc::Call& call, const Request& request, Response& response, Work work, ConnectionSource source) {
        return invoice_store::answer(schema_ready_, call, request, response, std::move(work), source);
    }
    template <class Request>
    ConnectionSource reads_for(const Request& request) {
        return {reads_, ReadPreference::of(request.read_after())};
    }
    Done get_together(const rpc::Call& call, const v1::GetInvoiceRequest& request, v1::Invoice& response);

    ReadRoute& reads_;
    postgres::Pool& writes_;
    Writer& writer_;
    ListProjectionBackfill& entries_;
    const std::atomic<bool>& schema_ready_;
    const std::function<void()> on_moved_;
    rpc::Batcher<v1::GetInvoiceRequest, v1::Invoice> gets_;
};

}  // namespace quittance::invoice_store
