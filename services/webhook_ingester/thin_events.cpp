#include "webhook_ingester/thin_events.hpp"

#include <utility>

namespace quittance::webhook_ingester {
namespace {

constexpr std::string_view kInvoice = "invoice";

grpc::Status other_mode() {
    return rpc::make_status(grpc::StatusCode::FAILED_PRECONDITION,
                            "the gateway's API key is of the other mode than the webhook secret", "wrong_mode");
}

// Only its type and object are known: it is about an invoice that the caller is to refetch.
bool names_invoice_only(const v1::InvoiceEvent& event) {
    return !event.has_invoice() && !event.has_payment_fact() && !event.has_stripe_customer() &&
           event.problem().empty() && event.payload().empty() && !event.object_id().empty();
}

// What the gateway read, under the label of the account that it is about.
ThinContent content_of(const WebhookAccount& account, v1::InvoiceEvent event) {
    ThinContent content;
    content.label = event.account();
    // An event that failed may be one of another account than the thin event that tells of it.
    const auto* owner = label_of(account, event.stripe_account_id());
    if (!event.stripe_account_id().empty()) content.label = owner == nullptr ? std::string() : *owner;
    if (names_invoice_only(event))
        content.stripe_invoice_id = event.object_id();
    else if (stripe::concerns_invoice(event.type()))
        content.event = std::move(event);
    return content;
}

}  // namespace

boost::asio::awaitable<rpc::Result<ThinContent>> read_thin_event(clients::StripeGatewayClient& gateway,
                                                                 const WebhookAccount& account,
                                                                 const v1::InvoiceEvent& event,
                                                                 const stripe::ThinEvent& thin,
                                                                 const rpc::CallOptions& options) {
    ThinContent named{event.account()};
    if (thin.object_type == kInvoice) named.stripe_invoice_id = thin.object_id;
    if (!named.stripe_invoice_id.empty() && thin.snapshot_event_id.empty()) co_return named;
    v1::RetrieveStripeEventRequest request;
    request.set_account(event.account());
    request.set_event_id(thin.snapshot_event_id.empty() ? event.event_id() : thin.snapshot_event_id);
    auto read = co_await gateway.retrieve_event(request, options);
    if (read.has_error() && !named.stripe_invoice_id.empty()) co_return named;
    if (read.has_error()) co_return read.error();
    if (read->livemode() != event.livemode()) co_return other_mode();
    co_return content_of(account, std::move(*read));
}

}  // namespace quittance::webhook_ingester
