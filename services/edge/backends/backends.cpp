#include "edge/backends/backends.hpp"

#include "edge/backends/list_batcher.hpp"
#include "quittance/v1/invoice_store.grpc.pb.h"
#include "quittance/v1/stripe_gateway.grpc.pb.h"
#include "rpc/client/batcher.hpp"
#include "rpc/client/client.hpp"

namespace quittance::edge {
namespace {

namespace asio = boost::asio;
using StoreAsync = v1::InvoiceStore::StubInterface::async_interface;
using GatewayAsync = v1::StripeGateway::StubInterface::async_interface;
using GetBatcher = rpc::Batcher<v1::GetInvoiceRequest, v1::Invoice>;

constexpr std::size_t kAboutOneGet = 64;  // bytes of a request on the wire, for the batcher's bound

}  // namespace

struct Backends::State {
    State(asio::io_context& loop, const rpc::ChannelOptions& store_options, const rpc::ChannelOptions& gateway_options,
          runtime::Metrics& all_metrics)
        : metrics(all_metrics),
          store_channel(rpc::make_channel(store_options)),
          gateway_channel(rpc::make_channel(gateway_options)),
          store(v1::InvoiceStore::NewStub(store_channel)),
          gateway(v1::StripeGateway::NewStub(gateway_channel)),
          gets(loop, rpc::BatcherLimits{},
               [this](const std::vector<v1::GetInvoiceRequest>& items, GetBatcher::Deadline deadline) {
                   return send_gets(items, deadline);
               }),
          lists(loop, *store, all_metrics) {
        auto& waiting = metrics.gauge("quittance_edge_gets_waiting", "Gets that wait for a call to take them along.");
        auto& in_flight = metrics.gauge("quittance_edge_get_calls_in_flight", "BatchGetInvoices calls under way.");
        // The loop's thread writes these two; a scrape may read a value that is a moment old.
        waiting_gauge = &waiting;
        in_flight_gauge = &in_flight;
    }

    asio::awaitable<rpc::Result<std::vector<rpc::Result<v1::Invoice>>>> send_gets(
        const std::vector<v1::GetInvoiceRequest>& items, GetBatcher::Deadline deadline) {
        waiting_gauge->Set(static_cast<double>(gets.waiting()));
        in_flight_gauge->Set(static_cast<double>(gets.in_flight()));
        v1::BatchGetInvoicesRequest request;
        request.mutable_requests()->Assign(items.begin(), items.end());
        rpc::CallOptions options{deadline, {}};
        auto answer = co_await rpc::call<StoreAsync, v1::BatchGetInvoicesRequest, v1::BatchGetInvoicesResponse>(
            metrics, "InvoiceStore.BatchGetInvoices", &StoreAsync::BatchGetInvoices, store->async(), request, options);
        if (answer.has_error()) co_return answer.error();
        std::vector<rpc::Result<v1::Invoice>> results;
        results.reserve(items.size());
        for (auto& result : *answer->mutable_results()) {
            if (result.has_invoice())
                results.emplace_back(std::move(*result.mutable_invoice()));
            else
                results.emplace_back(
                    rpc::make_status(grpc::StatusCode::NOT_FOUND, "There is no such invoice.", "invoice_not_found"));
        }
        co_return results;
    }

    runtime::Metrics& metrics;
    std::shared_ptr<grpc::Channel> store_channel;
    std::shared_ptr<grpc::Channel> gateway_channel;
    std::unique_ptr<v1::InvoiceStore::StubInterface> store;
    std::unique_ptr<v1::StripeGateway::StubInterface> gateway;
    GetBatcher gets;
    ListBatcher lists;
    prometheus::Gauge* waiting_gauge = nullptr;
    prometheus::Gauge* in_flight_gauge = nullptr;
};

Backends::Backends(asio::io_context& loop, const rpc::ChannelOptions& store, const rpc::ChannelOptions& gateway,
                   runtime::Metrics& metrics)
    : state_(std::make_unique<State>(loop, store, gateway, metrics)) {}

Backends::~Backends() = default;

asio::awaitable<rpc::Result<v1::Invoice>> Backends::get_invoice(v1::GetInvoiceRequest request,
                                                                const CallContext& context) {
    if (request.read_after().empty())
        co_return co_await state_->gets.submit(std::move(request), kAboutOneGet, context.deadline);
    // Where nobody can show what it asks for, no other get is to fail with it.
    rpc::CallOptions options{context.deadline, context.request_id};
    co_return co_await rpc::call<StoreAsync, v1::GetInvoiceRequest, v1::Invoice>(
        state_->metrics, "InvoiceStore.GetInvoice", &StoreAsync::GetInvoice, state_->store->async(), request, options);
}

asio::awaitable<rpc::Result<SharedList>> Backends::list_invoices(v1::ListInvoicesRequest request,
                                                                 const CallContext& context) {
    if (ListBatcher::can_batch(request)) co_return co_await state_->lists.submit(std::move(request), context.deadline);
    rpc::CallOptions options{context.deadline, context.request_id};
    auto list = co_await rpc::call<StoreAsync, v1::ListInvoicesRequest, v1::ListInvoicesResponse>(
        state_->metrics, "InvoiceStore.ListInvoices", &StoreAsync::ListInvoices, state_->store->async(), request,
        options);
    if (list.has_error()) co_return list.error();
    co_return std::make_shared<const v1::ListInvoicesResponse>(std::move(*list));
}

asio::awaitable<rpc::Result<v1::Invoice>> Backends::get_last_invoice(const v1::GetLastInvoiceRequest& request,
                                                                     const CallContext& context) {
    rpc::CallOptions options{context.deadline, context.request_id};
    co_return co_await rpc::call<StoreAsync, v1::GetLastInvoiceRequest, v1::Invoice>(
        state_->metrics, "InvoiceStore.GetLastInvoice", &StoreAsync::GetLastInvoice, state_->store->async(), request,
        options);
}

asio::awaitable<rpc::Result<v1::GetBillingHistoryResponse>> Backends::get_billing_history(
    const v1::GetBillingHistoryRequest& request, const CallContext& context) {
    rpc::CallOptions options{context.deadline, context.request_id};
    co_return co_await rpc::call<StoreAsync, v1::GetBillingHistoryRequest, v1::GetBillingHistoryResponse>(
        state_->metrics, "InvoiceStore.GetBillingHistory", &StoreAsync::GetBillingHistory, state_->store->async(),
        request, options);
}

asio::awaitable<rpc::Result<v1::Customer>> Backends::register_customer(const v1::RegisterCustomerRequest& request,
                                                                       const CallContext& context) {
    rpc::CallOptions options{context.deadline, context.request_id};
    co_return co_await rpc::call<StoreAsync, v1::RegisterCustomerRequest, v1::Customer>(
        state_->metrics, "InvoiceStore.RegisterCustomer", &StoreAsync::RegisterCustomer, state_->store->async(),
        request, options);
}

asio::awaitable<rpc::Result<v1::Customer>> Backends::get_customer(const v1::GetCustomerRequest& request,
                                                                  const CallContext& context) {
    rpc::CallOptions options{context.deadline, context.request_id};
    co_return co_await rpc::call<StoreAsync, v1::GetCustomerRequest, v1::Customer>(
        state_->metrics, "InvoiceStore.GetCustomer", &StoreAsync::GetCustomer, state_->store->async(), request,
        options);
}

asio::awaitable<rpc::Result<v1::Invoice>> Backends::find_by_creation_key(const v1::FindByCreationKeyRequest& request,
                                                                         const CallContext& context) {
    rpc::CallOptions options{context.deadline, context.request_id};
    co_return co_await rpc::call<StoreAsync, v1::FindByCreationKeyRequest, v1::Invoice>(
        state_->metrics, "InvoiceStore.FindByCreationKey", &StoreAsync::FindByCreationKey, state_->store->async(),
        request, options);
}

asio::awaitable<rpc::Result<v1::StripeInvoice>> Backends::create_invoice(const v1::CreateInvoiceRequest& request,
                                                                         const CallContext& context) {
    rpc::CallOptions options{context.deadline, context.request_id};
    co_return co_await rpc::call<GatewayAsync, v1::CreateInvoiceRequest, v1::StripeInvoice>(
        state_->metrics, "StripeGateway.CreateInvoice", &GatewayAsync::CreateInvoice, state_->gateway->async(), request,
        options);
}

asio::awaitable<rpc::Result<v1::StripeInvoice>> Backends::pay_invoice(const v1::PayInvoiceRequest& request,
                                                                      const CallContext& context) {
    rpc::CallOptions options{context.deadline, context.request_id};
    co_return co_await rpc::call<GatewayAsync, v1::PayInvoiceRequest, v1::StripeInvoice>(
        state_->metrics, "StripeGateway.PayInvoice", &GatewayAsync::PayInvoice, state_->gateway->async(), request,
        options);
}

asio::awaitable<rpc::Result<v1::StripeInvoice>> Backends::retrieve_invoice(const v1::RetrieveInvoiceRequest& request,
                                                                           const CallContext& context) {
    rpc::CallOptions options{context.deadline, context.request_id};
    co_return co_await rpc::call<GatewayAsync, v1::RetrieveInvoiceRequest, v1::StripeInvoice>(
        state_->metrics, "StripeGateway.RetrieveInvoice", &GatewayAsync::RetrieveInvoice, state_->gateway->async(),
        request, options);
}

asio::awaitable<rpc::Result<v1::StripeInvoice>> Backends::finalise_invoice(const v1::FinalizeInvoiceRequest& request,
                                                                           const CallContext& context) {
    rpc::CallOptions options{context.deadline, context.request_id};
    co_return co_await rpc::call<GatewayAsync, v1::FinalizeInvoiceRequest, v1::StripeInvoice>(
        state_->metrics, "StripeGateway.FinalizeInvoice", &GatewayAsync::FinalizeInvoice, state_->gateway->async(),
        request, options);
}

asio::awaitable<rpc::Result<v1::StripeInvoice>> Backends::void_invoice(const v1::VoidInvoiceRequest& request,
                                                                       const CallContext& context) {
    rpc::CallOptions options{context.deadline, context.request_id};
    co_return co_await rpc::call<GatewayAsync, v1::VoidInvoiceRequest, v1::StripeInvoice>(
        state_->metrics, "StripeGateway.VoidInvoice", &GatewayAsync::VoidInvoice, state_->gateway->async(), request,
        options);
}

asio::awaitable<rpc::Result<v1::StripeInvoice>> Backends::mark_uncollectible(
    const v1::MarkInvoiceUncollectibleRequest& request, const CallContext& context) {
    rpc::CallOptions options{context.deadline, context.request_id};
    co_return co_await rpc::call<GatewayAsync, v1::MarkInvoiceUncollectibleRequest, v1::StripeInvoice>(
        state_->metrics, "StripeGateway.MarkInvoiceUncollectible", &GatewayAsync::MarkInvoiceUncollectible,
        state_->gateway->async(), request, options);
}

asio::awaitable<rpc::Result<v1::StripeInvoice>> Backends::send_invoice(const v1::SendInvoiceRequest& request,
                                                                       const CallContext& context) {
    rpc::CallOptions options{context.deadline, context.request_id};
    co_return co_await rpc::call<GatewayAsync, v1::SendInvoiceRequest, v1::StripeInvoice>(
        state_->metrics, "StripeGateway.SendInvoice", &GatewayAsync::SendInvoice, state_->gateway->async(), request,
        options);
}

bool Backends::store_ready() {
    return rpc::channel_ready(*state_->store_channel);
}
bool Backends::gateway_ready() {
    return rpc::channel_ready(*state_->gateway_channel);
}

}  // namespace quittance::edge
