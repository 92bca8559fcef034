#include "clients/stripe_gateway_client.hpp"

#include <algorithm>

#include "quittance/v1/stripe_gateway.grpc.pb.h"

namespace quittance::reconcile {
namespace {

using Async = v1::StripeGateway::StubInterface::async_interface;

constexpr std::chrono::seconds kPatience{30};
constexpr int kTries = 8;
constexpr std::int64_t kLongestWaitMs = 30'000;

bool worth_another_try(grpc::StatusCode code) {
    return code == grpc::StatusCode::UNAVAILABLE || code == grpc::StatusCode::RESOURCE_EXHAUSTED ||
           code == grpc::StatusCode::DEADLINE_EXCEEDED || code == grpc::StatusCode::UNKNOWN;
}

// What the gateway says, else doubling from half a second.
std::chrono::milliseconds wait_before(int next_try, const grpc::Status& status) {
    const auto told = rpc::detail_of(status).retry_after_ms();
    const auto doubled = std::int64_t{250} << std::min(next_try, 7);
    return std::chrono::milliseconds(std::clamp<std::int64_t>(std::max(told, doubled), 100, kLongestWaitMs));
}

}  // namespace

struct GatewayClient::State {
    State(const rpc::ChannelOptions& options, runtime::Metrics& all_metrics)
        : metrics(all_metrics), stub(v1::StripeGateway::NewStub(rpc::make_channel(options))) {}

    template <class Request, class Response>
    Answer<Response> call(const char* name,
                          void (Async::*method)(grpc::ClientContext*, const Request*, Response*,
                                                std::function<void(grpc::Status)>),
                          const Request& request) {
        for (int next_try = 1;; ++next_try) {
            const rpc::CallOptions options{std::chrono::system_clock::now() + kPatience, {}};
            auto answer =
                co_await rpc::call<Async, Request, Response>(metrics, name, method, stub->async(), request, options);
            if (!answer.has_error() || next_try == kTries || !worth_another_try(answer.error().error_code()))
                co_return answer;
            const auto wait = wait_before(next_try, answer.error());
            co_await pause(wait);
        }
    }

    runtime::Metrics& metrics;
    std::unique_ptr<v1::StripeGateway::StubInterface> stub;
};

GatewayClient::GatewayClient(const rpc::ChannelOptions& options, runtime::Metrics& metrics)
    : state_(std::make_unique<State>(options, metrics)) {}

GatewayClient::~GatewayClient() = default;

Answer<v1::StripeInvoice> GatewayClient::retrieve_invoice(const std::string& account,
                                                          const std::string& stripe_invoice_id) {
    v1::RetrieveInvoiceRequest request;
    request.set_account(account);
    request.set_stripe_invoice_id(stripe_invoice_id);
    request.set_background(true);
    co_return co_await state_->call("StripeGateway.RetrieveInvoice", &Async::RetrieveInvoice, request);
}

Answer<v1::ListStripeEventsResponse> GatewayClient::list_events(const v1::ListStripeEventsRequest& request) {
    return state_->call("StripeGateway.ListEvents", &Async::ListEvents, request);
}

Answer<v1::ListStripeInvoicesResponse> GatewayClient::list_invoices(const v1::ListStripeInvoicesRequest& request) {
    return state_->call("StripeGateway.ListInvoices", &Async::ListInvoices, request);
}

Answer<v1::FindPaidInvoiceResponse> GatewayClient::find_paid_invoice(const v1::FindPaidInvoiceRequest& request) {
    return state_->call("StripeGateway.FindPaidInvoice", &Async::FindPaidInvoice, request);
}

}  // namespace quittance::reconcile
