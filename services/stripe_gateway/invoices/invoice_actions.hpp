// Pays, finalises, voids, marks as uncollectible or sends an invoice that exists: one step at Stripe each. The answer
// to a refusal depends on the invoice's present state, which is read again and never guessed from Stripe's message.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/status.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

using ActionResult = rpc::Result<v1::StripeInvoice>;

// Requests are validated and outlive the call. FAILED_PRECONDITION (reason "invoice_state", present_status) if Stripe's
// state machine forbids the step. That includes an invoice that is already in the wanted state; under the same key the
// answer is the first one's. FAILED_PRECONDITION (reason "creation_in_progress") if a draft of ours would be issued
// before all of its lines are on it. A decline is an answer with payment_error.
boost::asio::awaitable<ActionResult> pay(const Invoices& invoices, const v1::PayInvoiceRequest& request,
                                         CallBudget budget);
boost::asio::awaitable<ActionResult> finalise(const Invoices& invoices, const v1::FinalizeInvoiceRequest& request,
                                              CallBudget budget);
boost::asio::awaitable<ActionResult> make_void(const Invoices& invoices, const v1::VoidInvoiceRequest& request,
                                               CallBudget budget);
boost::asio::awaitable<ActionResult> mark_uncollectible(const Invoices& invoices,
                                                        const v1::MarkInvoiceUncollectibleRequest& request,
                                                        CallBudget budget);
boost::asio::awaitable<ActionResult> send(const Invoices& invoices, const v1::SendInvoiceRequest& request,
                                          CallBudget budget);

// The invoice with all of its lines, or an error.
boost::asio::awaitable<ActionResult> retrieve(const Invoices& invoices, const v1::RetrieveInvoiceRequest& request,
                                              CallBudget budget);

}  // namespace quittance::stripe_gateway
