// One line per method.
#include "invoice_store/api/grpc_service.hpp"

namespace quittance::invoice_store {

Endpoint::Endpoint(boost::asio::io_context& loop, InvoiceStoreService& service, RepairService& repair,
                   InvoiceWatch& watch, runtime::Metrics& metrics, const rpc::Callers* callers)
    : service_(service),
      repair_(repair),
      watch_(watch),
      dispatcher_(loop, {.callers = callers}, metrics),
      streams_(loop, {.callers = callers}, metrics) {
    SetMessageAllocatorFor_BatchListInvoices(&list_messages_);
    SetMessageAllocatorFor_ApplyInvoiceEvents(&event_messages_);
}

grpc::ServerUnaryReactor* Endpoint::ApplyInvoiceEvents(grpc::CallbackServerContext* context,
                                                       const v1::ApplyInvoiceEventsRequest* request,
                                                       v1::ApplyInvoiceEventsResponse* response) {
    return dispatcher_.serve("InvoiceStore.ApplyInvoiceEvents", context, *request, *response,
                             [this](const rpc::Call& call, const auto& in, auto& out) {
                                 return service_.apply_invoice_events(call, in, out);
                             });
}

grpc::ServerUnaryReactor* Endpoint::GetInvoice(grpc::CallbackServerContext* context,
                                               const v1::GetInvoiceRequest* request, v1::Invoice* response) {
    return dispatcher_.serve(
        "InvoiceStore.GetInvoice", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return service_.get_invoice(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::BatchListInvoices(grpc::CallbackServerContext* context,
                                                      const v1::BatchListInvoicesRequest* request,
                                                      v1::BatchListInvoicesResponse* response) {
    return dispatcher_.serve("InvoiceStore.BatchListInvoices", context, *request, *response,
                             [this](const rpc::Call& call, const auto& in, auto& out) {
                                 return service_.batch_list_invoices(call, in, out);
                             });
}

grpc::ServerUnaryReactor* Endpoint::BatchGetInvoices(grpc::CallbackServerContext* context,
                                                     const v1::BatchGetInvoicesRequest* request,
                                                     v1::BatchGetInvoicesResponse* response) {
    return dispatcher_.serve("InvoiceStore.BatchGetInvoices", context, *request, *response,
                             [this](const rpc::Call& call, const auto& in, auto& out) {
                                 return service_.batch_get_invoices(call, in, out);
                             });
}

grpc::ServerUnaryReactor* Endpoint::ListInvoices(grpc::CallbackServerContext* context,
                                                 const v1::ListInvoicesRequest* request,
                                                 v1::ListInvoicesResponse* response) {
    return dispatcher_.serve(
        "InvoiceStore.ListInvoices", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return service_.list_invoices(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::GetLastInvoice(grpc::CallbackServerContext* context,
                                                   const v1::GetLastInvoiceRequest* request, v1::Invoice* response) {
    return dispatcher_.serve(
        "InvoiceStore.GetLastInvoice", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return service_.get_last_invoice(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::GetBillingHistory(grpc::CallbackServerContext* context,
                                                      const v1::GetBillingHistoryRequest* request,
                                                      v1::GetBillingHistoryResponse* response) {
    return dispatcher_.serve("InvoiceStore.GetBillingHistory", context, *request, *response,
                             [this](const rpc::Call& call, const auto& in, auto& out) {
                                 return service_.get_billing_history(call, in, out);
                             });
}

grpc::ServerWriteReactor<v1::WatchInvoicesResponse>* Endpoint::WatchInvoices(grpc::CallbackServerContext* context,
                                                                             const v1::WatchInvoicesRequest* request) {
    return streams_.serve<v1::WatchInvoicesRequest, v1::WatchInvoicesResponse>(
        "InvoiceStore.WatchInvoices", context, *request,
        [this](const rpc::Call& call, const auto& in, auto& out) { return watch_.watch_invoices(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::FindByCreationKey(grpc::CallbackServerContext* context,
                                                      const v1::FindByCreationKeyRequest* request,
                                                      v1::Invoice* response) {
    return dispatcher_.serve("InvoiceStore.FindByCreationKey", context, *request, *response,
                             [this](const rpc::Call& call, const auto& in, auto& out) {
                                 return service_.find_by_creation_key(call, in, out);
                             });
}

grpc::ServerUnaryReactor* Endpoint::RegisterCustomer(grpc::CallbackServerContext* context,
                                                     const v1::RegisterCustomerRequest* request,
                                                     v1::Customer* response) {
    return dispatcher_.serve(
        "InvoiceStore.RegisterCustomer", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return service_.register_customer(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::GetCustomer(grpc::CallbackServerContext* context,
                                                const v1::GetCustomerRequest* request, v1::Customer* response) {
    return dispatcher_.serve(
        "InvoiceStore.GetCustomer", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return service_.get_customer(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::ListEvents(grpc::CallbackServerContext* context,
                                               const v1::ListEventsRequest* request, v1::ListEventsResponse* response) {
    return dispatcher_.serve(
        "InvoiceStore.ListEvents", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return repair_.list_events(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::GetEvent(grpc::CallbackServerContext* context, const v1::GetEventRequest* request,
                                             v1::InboxEvent* response) {
    return dispatcher_.serve(
        "InvoiceStore.GetEvent", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return repair_.get_event(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::ReplayEvents(grpc::CallbackServerContext* context,
                                                 const v1::ReplayEventsRequest* request,
                                                 v1::ReplayEventsResponse* response) {
    return dispatcher_.serve(
        "InvoiceStore.ReplayEvents", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return repair_.replay_events(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::DiscardEvents(grpc::CallbackServerContext* context,
                                                  const v1::DiscardEventsRequest* request,
                                                  v1::DiscardEventsResponse* response) {
    return dispatcher_.serve(
        "InvoiceStore.DiscardEvents", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return repair_.discard_events(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::ListRefetches(grpc::CallbackServerContext* context,
                                                  const v1::ListRefetchesRequest* request,
                                                  v1::ListRefetchesResponse* response) {
    return dispatcher_.serve(
        "InvoiceStore.ListRefetches", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return repair_.list_refetches(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::GetCursor(grpc::CallbackServerContext* context, const v1::GetCursorRequest* request,
                                              v1::Cursor* response) {
    return dispatcher_.serve(
        "InvoiceStore.GetCursor", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return repair_.get_cursor(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::MoveCursor(grpc::CallbackServerContext* context,
                                               const v1::MoveCursorRequest* request, v1::Cursor* response) {
    return dispatcher_.serve(
        "InvoiceStore.MoveCursor", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return repair_.move_cursor(call, in, out); });
}

}  // namespace quittance::invoice_store
