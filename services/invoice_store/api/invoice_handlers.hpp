// The store's calls, as plain coroutines: check, ask the writer or the repository, answer. Knows nothing of gRPC's
// machinery but its status.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "invoice_store/events/event_writer.hpp"
#include "invoice_store/lists/list_projection_backfill.hpp"
#include "invoice_store/replica/read_route.hpp"
#include "postgres/pool.hpp"
#include "quittance/v1/invoice_store.pb.h"
#include "rpc/call.hpp"

namespace quittance::invoice_store {

// Runs on each connection of the pool for reads.
void prepare_reads(pqxx::connection& connection);

class InvoiceStoreService {
  public:
    // `get_calls`: how many batches of single gets may be with the database at once. All calls are UNAVAILABLE until
    // `schema_ready` is set. `on_moved`: a registration may have moved invoices.
    InvoiceStoreService(
        boost::asio::io_context& loop, ReadRoute& reads, postgres::Pool& writes, Writer& writer,
        ListEntryKeeper& entries, std::size_t get_calls, const std::atomic<bool>& schema_ready,
        std::function<void()> on_moved = [] {});
    ~InvoiceStoreService();

    boost::asio::awaitable<grpc::Status> apply_invoice_events(const rpc::Call& call,
                                                              const v1::ApplyInvoiceEventsRequest& request,
                                                              v1::ApplyInvoiceEventsResponse& response);
    boost::asio::awaitable<grpc::Status> get_invoice(const rpc::Call& call, const v1::GetInvoiceRequest& request,
                                                     v1::Invoice& response);
    boost::asio::awaitable<grpc::Status> batch_list_invoices(const rpc::Call& call,
                                                             const v1::BatchListInvoicesRequest& request,
                                                             v1::BatchListInvoicesResponse& response);
    boost::asio::awaitable<grpc::Status> batch_get_invoices(const rpc::Call& call,
                                                            const v1::BatchGetInvoicesRequest& request,
                                                            v1::BatchGetInvoicesResponse& response);
    boost::asio::awaitable<grpc::Status> list_invoices(const rpc::Call& call, const v1::ListInvoicesRequest& request,
                                                       v1::ListInvoicesResponse& response);
    boost::asio::awaitable<grpc::Status> get_last_invoice(const rpc::Call& call,
                                                          const v1::GetLastInvoiceRequest& request,
                                                          v1::Invoice& response);
    boost::asio::awaitable<grpc::Status> get_billing_history(const rpc::Call& call,
                                                             const v1::GetBillingHistoryRequest& request,
                                                             v1::GetBillingHistoryResponse& response);
    boost::asio::awaitable<grpc::Status> find_by_creation_key(const rpc::Call& call,
                                                              const v1::FindByCreationKeyRequest& request,
                                                              v1::Invoice& response);
    boost::asio::awaitable<grpc::Status> register_customer(const rpc::Call& call,
                                                           const v1::RegisterCustomerRequest& request,
                                                           v1::Customer& response);
    boost::asio::awaitable<grpc::Status> get_customer(const rpc::Call& call, const v1::GetCustomerRequest& request,
                                                      v1::Customer& response);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::invoice_store
