#include "clients/stripe_gateway_client.hpp"

#include "clients/repeated_calls.hpp"
#include "quittance/v1/stripe_gateway.grpc.pb.h"

namespace quittance::clients {
namespace {

constexpr BackgroundRule kRule{std::chrono::seconds(30), 8};

}  // namespace

struct StripeGatewayClient::Calls : RepeatedCalls<v1::StripeGateway> {
    using RepeatedCalls::RepeatedCalls;
};

StripeGatewayClient::StripeGatewayClient(const rpc::ChannelOptions& options, runtime::Metrics& metrics)
    : calls_(std::make_unique<Calls>(options, metrics, kRule)) {}

StripeGatewayClient::~StripeGatewayClient() = default;

bool StripeGatewayClient::connected() {
    return rpc::channel_ready(calls_->channel(), {});
}

#define QUITTANCE_CALL(name, Request, Method, Response)                                                          \
    rpc::AsyncReply<v1::Response> StripeGatewayClient::name(const v1::Request& request, Options options) {       \
        return calls_->call<v1::Request, v1::Response>("StripeGateway." #Method, &Calls::Async::Method, request, \
                                                       options);                                                 \
    }
QUITTANCE_CALL(create_invoice, CreateInvoiceRequest, CreateInvoice, StripeInvoice)
QUITTANCE_CALL(retrieve_invoice, RetrieveInvoiceRequest, RetrieveInvoice, StripeInvoice)
QUITTANCE_CALL(pay_invoice, PayInvoiceRequest, PayInvoice, StripeInvoice)
QUITTANCE_CALL(finalise_invoice, FinalizeInvoiceRequest, FinalizeInvoice, StripeInvoice)
QUITTANCE_CALL(void_invoice, VoidInvoiceRequest, VoidInvoice, StripeInvoice)
QUITTANCE_CALL(mark_uncollectible, MarkInvoiceUncollectibleRequest, MarkInvoiceUncollectible, StripeInvoice)
QUITTANCE_CALL(send_invoice, SendInvoiceRequest, SendInvoice, StripeInvoice)
QUITTANCE_CALL(list_events, ListStripeEventsRequest, ListEvents, ListStripeEventsResponse)
QUITTANCE_CALL(list_invoices, ListStripeInvoicesRequest, ListInvoices, ListStripeInvoicesResponse)
QUITTANCE_CALL(find_paid_invoice, FindPaidInvoiceRequest, FindPaidInvoice, FindPaidInvoiceResponse)
QUITTANCE_CALL(retrieve_event, RetrieveStripeEventRequest, RetrieveEvent, InvoiceEvent)
QUITTANCE_CALL(list_refunds, ListStripePaymentFactsRequest, ListRefunds, ListStripePaymentFactsResponse)
QUITTANCE_CALL(list_disputes, ListStripePaymentFactsRequest, ListDisputes, ListStripePaymentFactsResponse)
#undef QUITTANCE_CALL

}  // namespace quittance::clients
