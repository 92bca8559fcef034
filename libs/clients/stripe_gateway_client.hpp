// stripe_gateway's reading calls as coroutines. Everything asked here may wait behind calls that somebody waits for.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "clients/invoice_store_client.hpp"
#include "quittance/v1/stripe_gateway.pb.h"
#include "runtime/pause.hpp"

namespace quittance::reconcile {

// For a loop with one thread. Codes as in stripe_gateway.proto. A call that Stripe's limits or an outage refuse is
// tried again, as long as the gateway says and for some minutes at most: nobody waits for these.
class GatewayClient {
  public:
    // `metrics` must outlive the client.
    GatewayClient(const rpc::ChannelOptions& options, runtime::Metrics& metrics);
    ~GatewayClient();

    Answer<v1::StripeInvoice> retrieve_invoice(const std::string& account, const std::string& stripe_invoice_id);
    Answer<v1::ListStripeEventsResponse> list_events(const v1::ListStripeEventsRequest& request);
    Answer<v1::ListStripeInvoicesResponse> list_invoices(const v1::ListStripeInvoicesRequest& request);
    Answer<v1::FindPaidInvoiceResponse> find_paid_invoice(const v1::FindPaidInvoiceRequest& request);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

using runtime::pause;

}  // namespace quittance::reconcile
