// Thin events: notifications that name an object and do not show it. The gateway is asked what they stand for.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "clients/stripe_gateway_client.hpp"
#include "stripe/reader.hpp"
#include "webhook_ingester/webhook_account.hpp"

namespace quittance::webhook_ingester {

// What a thin event stands for: an event, or an invoice to refetch, or neither where the store wants nothing of it.
struct ThinContent {
    std::string label;  // of the account whose event it is; empty: of one that the configuration does not name
    std::optional<v1::InvoiceEvent> event{};
    std::string stripe_invoice_id{};
};

// `account`: whose secret signed. `event` and `thin`: as stripe::read_event gave them, with the account's label. An
// invoice without a snapshot event needs no question. Where the gateway cannot say what else Stripe has, an invoice is
// still named; for anything else the error is the gateway's, or FAILED_PRECONDITION (reason "wrong_mode") if its key is
// of the other mode.
boost::asio::awaitable<rpc::Result<ThinContent>> read_thin_event(clients::StripeGatewayClient& gateway,
                                                                 const WebhookAccount& account,
                                                                 const v1::InvoiceEvent& event,
                                                                 const stripe::ThinEvent& thin,
                                                                 const rpc::CallOptions& options);

}  // namespace quittance::webhook_ingester
