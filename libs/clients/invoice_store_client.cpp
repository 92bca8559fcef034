#include "clients/invoice_store_client.hpp"

#include "quittance/v1/invoice_store.grpc.pb.h"

namespace quittance::reconcile {
namespace {

using Async = v1::InvoiceStore::StubInterface::async_interface;

constexpr std::chrono::seconds kPatience{15};

}  // namespace

struct StoreClient::State {
    State(const rpc::ChannelOptions& options, runtime::Metrics& all_metrics)
        : metrics(all_metrics), stub(v1::InvoiceStore::NewStub(rpc::make_channel(options))) {}

    template <class Request, class Response>
    Answer<Response> call(const char* name,
                          void (Async::*method)(grpc::ClientContext*, const Request*, Response*,
                                                std::function<void(grpc::Status)>),
                          const Request& request) {
        const rpc::CallOptions options{std::chrono::system_clock::now() + kPatience, {}};
        co_return co_await rpc::call<Async, Request, Response>(metrics, name, method, stub->async(), request, options);
    }

    runtime::Metrics& metrics;
    std::unique_ptr<v1::InvoiceStore::StubInterface> stub;
};

StoreClient::StoreClient(const rpc::ChannelOptions& options, runtime::Metrics& metrics)
    : state_(std::make_unique<State>(options, metrics)) {}

StoreClient::~StoreClient() = default;

Answer<v1::ApplyInvoiceEventsResponse> StoreClient::apply(const v1::ApplyInvoiceEventsRequest& request) {
    return state_->call("InvoiceStore.ApplyInvoiceEvents", &Async::ApplyInvoiceEvents, request);
}

Answer<v1::Invoice> StoreClient::get_invoice(const v1::GetInvoiceRequest& request) {
    return state_->call("InvoiceStore.GetInvoice", &Async::GetInvoice, request);
}

Answer<v1::BatchGetInvoicesResponse> StoreClient::batch_get(const v1::BatchGetInvoicesRequest& request) {
    return state_->call("InvoiceStore.BatchGetInvoices", &Async::BatchGetInvoices, request);
}

Answer<v1::ListInvoicesResponse> StoreClient::list_invoices(const v1::ListInvoicesRequest& request) {
    return state_->call("InvoiceStore.ListInvoices", &Async::ListInvoices, request);
}

Answer<v1::ListEventsResponse> StoreClient::list_events(const v1::ListEventsRequest& request) {
    return state_->call("InvoiceStore.ListEvents", &Async::ListEvents, request);
}

Answer<v1::InboxEvent> StoreClient::get_event(const v1::GetEventRequest& request) {
    return state_->call("InvoiceStore.GetEvent", &Async::GetEvent, request);
}

Answer<v1::ReplayEventsResponse> StoreClient::replay(const v1::ReplayEventsRequest& request) {
    return state_->call("InvoiceStore.ReplayEvents", &Async::ReplayEvents, request);
}

Answer<v1::DiscardEventsResponse> StoreClient::discard(const v1::DiscardEventsRequest& request) {
    return state_->call("InvoiceStore.DiscardEvents", &Async::DiscardEvents, request);
}

Answer<v1::ListRefetchesResponse> StoreClient::list_refetches(const v1::ListRefetchesRequest& request) {
    return state_->call("InvoiceStore.ListRefetches", &Async::ListRefetches, request);
}

Answer<v1::Cursor> StoreClient::get_cursor(const std::string& name) {
    v1::GetCursorRequest request;
    request.set_name(name);
    co_return co_await state_->call("InvoiceStore.GetCursor", &Async::GetCursor, request);
}

Answer<v1::Cursor> StoreClient::move_cursor(const std::string& name, const std::string& expected,
                                            const std::string& value) {
    v1::MoveCursorRequest request;
    request.set_name(name);
    request.set_expected(expected);
    request.set_value(value);
    co_return co_await state_->call("InvoiceStore.MoveCursor", &Async::MoveCursor, request);
}

}  // namespace quittance::reconcile
