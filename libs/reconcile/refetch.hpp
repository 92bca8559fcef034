// Asks Stripe how an invoice stands, and tells the store.
#pragma once

#include <string>

#include "clients/stripe_gateway_client.hpp"
#include "reconcile/delivery.hpp"

namespace quittance::reconcile {

enum class RefetchResult {
    kTold,     // the store has Stripe's present word
    kDeleted,  // Stripe has it no more: the draft is closed
    kUnknown,  // Stripe does not know it, and it is no draft of ours: what stands, stands
};

Answer<RefetchResult> refetch(StoreClient& store, GatewayClient& gateway, const std::string& account,
                              const std::string& stripe_invoice_id);

// Asks Stripe whose invoice a payment is, and tells the store, which has been told of the payment alone. Nothing is
// told where Stripe knows no invoice either.
Answer<RefetchResult> resolve_payment(StoreClient& store, GatewayClient& gateway, const v1::InvoiceEvent& event);

}  // namespace quittance::reconcile
