// Finds the invoice that a payment paid. Before 2025-03-31.basil the payment intent and the charge name the invoice.
// Since then Stripe keeps the link in invoice payments, which are objects between the two.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/status.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

// NOT_FOUND (reason "payment_without_invoice") if the payment belongs to no invoice or does not exist at Stripe. The
// request is validated and outlives the call.
boost::asio::awaitable<rpc::Result<v1::FindPaidInvoiceResponse>> find_paid_invoice(
    const Invoices& invoices, const v1::FindPaidInvoiceRequest& request, CallBudget budget);

}  // namespace quittance::stripe_gateway
