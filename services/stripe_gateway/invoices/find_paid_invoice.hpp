// Which invoice a payment paid. Until 2025-03-31.basil a payment intent and a charge name it themselves; since then
// Stripe keeps it in objects between the two.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/status.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

// NOT_FOUND (reason "payment_without_invoice") where it belongs to none, or Stripe does not know it. The request is
// validated and outlives the call.
boost::asio::awaitable<rpc::Result<v1::FindPaidInvoiceResponse>> find_paid_invoice(
    const Invoices& invoices, const v1::FindPaidInvoiceRequest& request, Terms terms);

}  // namespace quittance::stripe_gateway
