// Pay, finalise, void, mark uncollectible and send an invoice that exists: one step each, with the answer to a refusal
// that depends on the invoice's present state, which is asked for and never guessed from Stripe's message.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/status.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

using ActionResult = rpc::Result<v1::StripeInvoice>;

// Requests are validated and outlive the call. FAILED_PRECONDITION (reason "invoice_state", present_status) where
// Stripe's state machine forbids it, also where the invoice is already what was asked for, unless under the same key:
// then the answer is the first one's. FAILED_PRECONDITION (reason "creation_in_progress") where a draft of ours would
// be issued before its lines are on it. A decline is an answer with payment_error.
boost::asio::awaitable<ActionResult> pay(const Invoices& invoices, const v1::PayInvoiceRequest& request, Terms terms);
boost::asio::awaitable<ActionResult> finalise(const Invoices& invoices, const v1::FinalizeInvoiceRequest& request,
                                              Terms terms);
boost::asio::awaitable<ActionResult> make_void(const Invoices& invoices, const v1::VoidInvoiceRequest& request,
                                               Terms terms);
boost::asio::awaitable<ActionResult> mark_uncollectible(const Invoices& invoices,
                                                        const v1::MarkInvoiceUncollectibleRequest& request,
                                                        Terms terms);
boost::asio::awaitable<ActionResult> send(const Invoices& invoices, const v1::SendInvoiceRequest& request, Terms terms);

// With all of its lines, or not at all.
boost::asio::awaitable<ActionResult> retrieve(const Invoices& invoices, const v1::RetrieveInvoiceRequest& request,
                                              Terms terms);

}  // namespace quittance::stripe_gateway
