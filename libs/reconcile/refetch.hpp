// Asks Stripe for an invoice as it is now, and delivers the answer to the store.
#pragma once

#include <string>

#include "reconcile/delivery.hpp"

namespace quittance::reconcile {

enum class RefetchResult {
    kDelivered,   // the answer is in the store, and the row agrees with it or with something newer
    kNotFound,    // Stripe does not have it: another key, account or mode, or a draft whose deletion nobody told
    kUnrepaired,  // the answer is in the store, and the row still differs
};

struct Refetched {
    RefetchResult result = RefetchResult::kDelivered;
    std::string fields;  // kUnrepaired: the names of the fields that differ, separated by spaces
};

// Reports kNotFound and kUnrepaired to the store, which keeps the invoice on its list of refetches. `was_unrepaired`:
// it is on that list as unrepaired, and comes off if the row agrees now.
Answer<Refetched> refetch(clients::Services& services, const std::string& account, const std::string& stripe_invoice_id,
                          bool was_unrepaired = false);

// Asks Stripe which invoice a payment belongs to, and delivers the link to the store, which knows the payment alone.
// Delivers nothing if Stripe knows no invoice either (kNotFound).
Answer<RefetchResult> resolve_payment(clients::Services& services, const v1::InvoiceEvent& event);

// RetrieveInvoice with the gateway's lower priority: callers that somebody waits for go first.
rpc::AsyncReply<v1::StripeInvoice> retrieve_invoice(clients::StripeGatewayClient& gateway, const std::string& account,
                                                    const std::string& stripe_invoice_id);

}  // namespace quittance::reconcile
