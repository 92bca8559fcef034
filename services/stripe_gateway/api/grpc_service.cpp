#include "stripe_gateway/api/grpc_service.hpp"

namespace quittance::stripe_gateway {

namespace {

// A creation waits for Stripe, not for us: a thousand of them at once are a few megabytes.
constexpr std::size_t kCallsInFlight = 4'096;

}  // namespace

Endpoint::Endpoint(boost::asio::io_context& loop, Gateway& gateway, runtime::Metrics& metrics,
                   const rpc::Callers* callers)
    : gateway_(gateway), dispatcher_(loop, {.calls_in_flight = kCallsInFlight, .callers = callers}, metrics) {}

grpc::ServerUnaryReactor* Endpoint::CreateInvoice(grpc::CallbackServerContext* context,
                                                  const v1::CreateInvoiceRequest* request,
                                                  v1::StripeInvoice* response) {
    return dispatcher_.serve(
        "StripeGateway.CreateInvoice", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return gateway_.create(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::RetrieveInvoice(grpc::CallbackServerContext* context,
                                                    const v1::RetrieveInvoiceRequest* request,
                                                    v1::StripeInvoice* response) {
    return dispatcher_.serve(
        "StripeGateway.RetrieveInvoice", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return gateway_.retrieve(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::PayInvoice(grpc::CallbackServerContext* context,
                                               const v1::PayInvoiceRequest* request, v1::StripeInvoice* response) {
    return dispatcher_.serve(
        "StripeGateway.PayInvoice", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return gateway_.pay(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::FinalizeInvoice(grpc::CallbackServerContext* context,
                                                    const v1::FinalizeInvoiceRequest* request,
                                                    v1::StripeInvoice* response) {
    return dispatcher_.serve(
        "StripeGateway.FinalizeInvoice", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return gateway_.finalise(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::VoidInvoice(grpc::CallbackServerContext* context,
                                                const v1::VoidInvoiceRequest* request, v1::StripeInvoice* response) {
    return dispatcher_.serve(
        "StripeGateway.VoidInvoice", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return gateway_.make_void(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::MarkInvoiceUncollectible(grpc::CallbackServerContext* context,
                                                             const v1::MarkInvoiceUncollectibleRequest* request,
                                                             v1::StripeInvoice* response) {
    return dispatcher_.serve("StripeGateway.MarkInvoiceUncollectible", context, *request, *response,
                             [this](const rpc::Call& call, const auto& in, auto& out) {
                                 return gateway_.mark_uncollectible(call, in, out);
                             });
}

grpc::ServerUnaryReactor* Endpoint::SendInvoice(grpc::CallbackServerContext* context,
                                                const v1::SendInvoiceRequest* request, v1::StripeInvoice* response) {
    return dispatcher_.serve(
        "StripeGateway.SendInvoice", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return gateway_.send(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::ListEvents(grpc::CallbackServerContext* context,
                                               const v1::ListStripeEventsRequest* request,
                                               v1::ListStripeEventsResponse* response) {
    return dispatcher_.serve(
        "StripeGateway.ListEvents", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return gateway_.list_events(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::ListInvoices(grpc::CallbackServerContext* context,
                                                 const v1::ListStripeInvoicesRequest* request,
                                                 v1::ListStripeInvoicesResponse* response) {
    return dispatcher_.serve(
        "StripeGateway.ListInvoices", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return gateway_.list_invoices(call, in, out); });
}

grpc::ServerUnaryReactor* Endpoint::FindPaidInvoice(grpc::CallbackServerContext* context,
                                                    const v1::FindPaidInvoiceRequest* request,
                                                    v1::FindPaidInvoiceResponse* response) {
    return dispatcher_.serve(
        "StripeGateway.FindPaidInvoice", context, *request, *response,
        [this](const rpc::Call& call, const auto& in, auto& out) { return gateway_.find_paid_invoice(call, in, out); });
}

}  // namespace quittance::stripe_gateway
