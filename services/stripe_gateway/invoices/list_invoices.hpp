// Stripe's list of invoices, each with all of its lines: for a backfill, and for audits.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/status.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

// A page, cut where it would be too large for one message, or where the time ends before all lines are read: has_more
// says so, and the page after the last invoice goes on there. An invoice that cannot be read is logged and left out.
// The request is validated and outlives the call.
boost::asio::awaitable<rpc::Result<v1::ListStripeInvoicesResponse>> list_invoices(
    const Invoices& invoices, const v1::ListStripeInvoicesRequest& request, Terms terms);

}  // namespace quittance::stripe_gateway
