// Reads Stripe's list of invoices, each with all of its lines, for backfills and audits.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/status.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

// One page. It is cut if it would be too large for one message, or if the time ends before all lines are read. Then
// has_more is set, and the next page starts after the last invoice. An invoice that cannot be read is logged and left
// out. The request is validated and outlives the call.
boost::asio::awaitable<rpc::Result<v1::ListStripeInvoicesResponse>> list_invoices(
    const Invoices& invoices, const v1::ListStripeInvoicesRequest& request, CallBudget budget);

}  // namespace quittance::stripe_gateway
