// The client of stripe_gateway: one coroutine a method. Only this library uses the generated stub.
#pragma once

#include <memory>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/client/reply.hpp"
#include "runtime/metrics.hpp"

namespace quittance::rpc {
struct ChannelOptions;
}

namespace quittance::clients {

using rpc::kInBackground;

// For a loop with one thread. Codes as in stripe_gateway.proto. Requests and options must live until the reply is
// there. In the background an attempt has 30 s. It is repeated for some minutes while Stripe or the gateway is away,
// and no sooner than the gateway says.
class StripeGatewayClient {
  public:
    template <class T>
    using Reply = rpc::AsyncReply<T>;
    using Options = const rpc::CallOptions&;

    // `metrics` must outlive the client.
    StripeGatewayClient(const rpc::ChannelOptions& options, runtime::Metrics& metrics);
    ~StripeGatewayClient();

    // Changes, which a caller waits for: each with a deadline.
    Reply<v1::StripeInvoice> create_invoice(const v1::CreateInvoiceRequest&, Options);
    Reply<v1::StripeInvoice> pay_invoice(const v1::PayInvoiceRequest&, Options);
    Reply<v1::StripeInvoice> finalise_invoice(const v1::FinalizeInvoiceRequest&, Options);
    Reply<v1::StripeInvoice> void_invoice(const v1::VoidInvoiceRequest&, Options);
    Reply<v1::StripeInvoice> mark_uncollectible(const v1::MarkInvoiceUncollectibleRequest&, Options);
    Reply<v1::StripeInvoice> send_invoice(const v1::SendInvoiceRequest&, Options);

    // Reads.
    Reply<v1::StripeInvoice> retrieve_invoice(const v1::RetrieveInvoiceRequest&, Options = kInBackground);
    Reply<v1::ListStripeEventsResponse> list_events(const v1::ListStripeEventsRequest&, Options = kInBackground);
    Reply<v1::ListStripeInvoicesResponse> list_invoices(const v1::ListStripeInvoicesRequest&, Options = kInBackground);
    Reply<v1::FindPaidInvoiceResponse> find_paid_invoice(const v1::FindPaidInvoiceRequest&, Options = kInBackground);
    Reply<v1::InvoiceEvent> retrieve_event(const v1::RetrieveStripeEventRequest&, Options = kInBackground);
    Reply<v1::ListStripePaymentFactsResponse> list_refunds(const v1::ListStripePaymentFactsRequest&,
                                                           Options = kInBackground);
    Reply<v1::ListStripePaymentFactsResponse> list_disputes(const v1::ListStripePaymentFactsRequest&,
                                                            Options = kInBackground);

    // True if the channel is connected; asks it to connect if it is idle. From any thread.
    bool connected();

  private:
    struct Calls;
    std::unique_ptr<Calls> calls_;
};

}  // namespace quittance::clients
