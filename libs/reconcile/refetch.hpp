// Asks Stripe for an invoice as it is now, and delivers the answer to the store.
#pragma once

#include <string>

#include "reconcile/delivery.hpp"

namespace quittance::reconcile {

enum class RefetchResult {
    kDelivered,
    kDeleted,  // a draft that Stripe no longer has; its row is closed
    kUnknown,  // Stripe does not have it, and it is no draft of ours; the row stays as it is
};

Answer<RefetchResult> refetch(clients::Services& services, const std::string& account,
                              const std::string& stripe_invoice_id);

// Asks Stripe which invoice a payment belongs to, and delivers the link to the store, which knows the payment alone.
// Delivers nothing if Stripe knows no invoice either.
Answer<RefetchResult> resolve_payment(clients::Services& services, const v1::InvoiceEvent& event);

// RetrieveInvoice with the gateway's lower priority: callers that somebody waits for go first.
rpc::AsyncReply<v1::StripeInvoice> retrieve_invoice(clients::StripeGatewayClient& gateway, const std::string& account,
                                                    const std::string& stripe_invoice_id);

}  // namespace quittance::reconcile
