// InvoiceStore as gRPC sees it: each generated method bound to its handler.
#pragma once

#include <boost/asio/io_context.hpp>

#include "invoice_store/api/invoice_handlers.hpp"
#include "invoice_store/api/operator_handlers.hpp"
#include "invoice_store/api/watch_handler.hpp"
#include "quittance/v1/invoice_store.grpc.pb.h"
#include "rpc/arena_messages.hpp"
#include "rpc/server/stream.hpp"
#include "rpc/server/unary.hpp"

namespace quittance::invoice_store {

class Endpoint final : public v1::InvoiceStore::CallbackService {
  public:
    // `callers`: who may call what; null: everybody everything.
    Endpoint(boost::asio::io_context& loop, InvoiceStoreService& service, RepairService& repair, InvoiceWatch& watch,
             runtime::Metrics& metrics, const rpc::Callers* callers = nullptr);

    // Before the server's shutdown, which would wait for the streams.
    void end_streams() { streams_.end_all(); }

    grpc::ServerUnaryReactor* ApplyInvoiceEvents(grpc::CallbackServerContext* context,
                                                 const v1::ApplyInvoiceEventsRequest* request,
                                                 v1::ApplyInvoiceEventsResponse* response) override;
    grpc::ServerUnaryReactor* GetInvoice(grpc::CallbackServerContext* context, const v1::GetInvoiceRequest* request,
                                         v1::Invoice* response) override;
    grpc::ServerUnaryReactor* BatchListInvoices(grpc::CallbackServerContext* context,
                                                const v1::BatchListInvoicesRequest* request,
                                                v1::BatchListInvoicesResponse* response) override;
    grpc::ServerUnaryReactor* BatchGetInvoices(grpc::CallbackServerContext* context,
                                               const v1::BatchGetInvoicesRequest* request,
                                               v1::BatchGetInvoicesResponse* response) override;
    grpc::ServerUnaryReactor* ListInvoices(grpc::CallbackServerContext* context, const v1::ListInvoicesRequest* request,
                                           v1::ListInvoicesResponse* response) override;
    grpc::ServerUnaryReactor* GetLastInvoice(grpc::CallbackServerContext* context,
                                             const v1::GetLastInvoiceRequest* request, v1::Invoice* response) override;
    grpc::ServerUnaryReactor* GetBillingHistory(grpc::CallbackServerContext* context,
                                                const v1::GetBillingHistoryRequest* request,
                                                v1::GetBillingHistoryResponse* response) override;
    grpc::ServerWriteReactor<v1::WatchInvoicesResponse>* WatchInvoices(
        grpc::CallbackServerContext* context, const v1::WatchInvoicesRequest* request) override;
    grpc::ServerUnaryReactor* FindByCreationKey(grpc::CallbackServerContext* context,
                                                const v1::FindByCreationKeyRequest* request,
                                                v1::Invoice* response) override;
    grpc::ServerUnaryReactor* RegisterCustomer(grpc::CallbackServerContext* context,
                                               const v1::RegisterCustomerRequest* request,
                                               v1::Customer* response) override;
    grpc::ServerUnaryReactor* GetCustomer(grpc::CallbackServerContext* context, const v1::GetCustomerRequest* request,
                                          v1::Customer* response) override;
    grpc::ServerUnaryReactor* ListEvents(grpc::CallbackServerContext* context, const v1::ListEventsRequest* request,
                                         v1::ListEventsResponse* response) override;
    grpc::ServerUnaryReactor* GetEvent(grpc::CallbackServerContext* context, const v1::GetEventRequest* request,
                                       v1::InboxEvent* response) override;
    grpc::ServerUnaryReactor* ReplayEvents(grpc::CallbackServerContext* context, const v1::ReplayEventsRequest* request,
                                           v1::ReplayEventsResponse* response) override;
    grpc::ServerUnaryReactor* DiscardEvents(grpc::CallbackServerContext* context,
                                            const v1::DiscardEventsRequest* request,
                                            v1::DiscardEventsResponse* response) override;
    grpc::ServerUnaryReactor* ListRefetches(grpc::CallbackServerContext* context,
                                            const v1::ListRefetchesRequest* request,
                                            v1::ListRefetchesResponse* response) override;
    grpc::ServerUnaryReactor* GetCursor(grpc::CallbackServerContext* context, const v1::GetCursorRequest* request,
                                        v1::Cursor* response) override;
    grpc::ServerUnaryReactor* MoveCursor(grpc::CallbackServerContext* context, const v1::MoveCursorRequest* request,
                                         v1::Cursor* response) override;

  private:
    InvoiceStoreService& service_;
    RepairService& repair_;
    InvoiceWatch& watch_;
    rpc::ArenaMessages<v1::ApplyInvoiceEventsRequest, v1::ApplyInvoiceEventsResponse> event_messages_;
    rpc::ArenaMessages<v1::BatchListInvoicesRequest, v1::BatchListInvoicesResponse> list_messages_;
    rpc::Dispatcher dispatcher_;
    rpc::StreamDispatcher streams_;
};

}  // namespace quittance::invoice_store
