// The two services, for callers that need both.
#pragma once

#include "clients/invoice_store_client.hpp"
#include "clients/stripe_gateway_client.hpp"

namespace quittance::clients {

struct Services {
    Services(const rpc::ChannelOptions& to_store, const rpc::ChannelOptions& to_gateway, runtime::Metrics& metrics)
        : store(to_store, metrics), gateway(to_gateway, metrics) {}

    InvoiceStoreClient store;
    StripeGatewayClient gateway;
};

}  // namespace quittance::clients
