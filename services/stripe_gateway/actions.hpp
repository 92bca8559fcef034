// Pay, finalise and void an invoice that exists: one step each, with the answer to a refusal that depends on the
// invoice's present state, which is asked for and never guessed from Stripe's message.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/status.hpp"
#include "stripe_gateway/invoices.hpp"

namespace quittance::stripe_gateway {

// Requests are validated and outlive the call. FAILED_PRECONDITION (reason "invoice_state", present_status) where
// Stripe's state machine forbids it; a decline is an answer with payment_error.
boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> pay(const Invoices& invoices,
                                                           const v1::PayInvoiceRequest& request, Deadline deadline);
boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> finalise(const Invoices& invoices,
                                                                const v1::FinalizeInvoiceRequest& request,
                                                                Deadline deadline);
boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> make_void(const Invoices& invoices,
                                                                 const v1::VoidInvoiceRequest& request,
                                                                 Deadline deadline);
boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> retrieve(const Invoices& invoices,
                                                                const v1::RetrieveInvoiceRequest& request,
                                                                Deadline deadline);

}  // namespace quittance::stripe_gateway
