// Steps that several calls of Stripe's API share, and the steps behind control routes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "stripe_emulator/billing/billing.hpp"

namespace quittance::stripe_emulator {

// refunds.cpp
// The amount of the charge that may still be refunded. A refusal for a charge that failed or is disputed.
Result<std::int64_t> refundable(const Charge& charge);
// Refunds `amount`, which the caller has checked. Emits events.
Refund& make_refund(Account& account, const Cause& cause, Charge& charge, std::int64_t amount,
                    const OptionalText& reason, const json::object& metadata);
// Makes a refund fail, as if the bank had returned it. The charge is no longer refunded by it.
Result<json::object> fail_refund(Account& account, const Cause& cause, const std::string& id);

// disputes.cpp
// Opens a dispute of a charge ({"charge"} or {"invoice"}), or changes the status of the present one to {"status"}.
Result<json::object> move_dispute(Account& account, const Cause& cause, const json::object& wish);

// payment_methods.cpp
// The method with that id, or a new one if the id is one of Stripe's shared test ids (pm_card_visa …).
Result<PaymentMethod*> resolve_payment_method(Account& account, const Cause& cause, const std::string& id,
                                              std::string_view param, bool in_path);
Result<void> attach(Account& account, const Cause& cause, PaymentMethod& method, const Customer& customer);

// invoice_items.cpp
Result<void> apply_item_details(Item& item, const json::object& parameters, const std::string& prefix);
Result<void> change_item(Account& account, const Call& call, Item& item, const json::object& parameters,
                         const std::string& prefix);
Item& add_item(Account& account, const Call& call, Item item);
// Puts an item at the end of an invoice's lines.
void bind_item(Account& account, const Cause& cause, Item& item, Invoice& invoice);
// Refuses a currency other than that of the customer's pending items, which are not billed yet. Billed items do not
// count.
Result<void> only_currency(const Account& account, const std::string& customer, const std::string& currency);

// invoices.cpp
// The invoice in the path. `param` is the parameter that Stripe names in the 404.
Result<Invoice*> invoice_in_path(Account& account, const Call& call, std::string_view param);

}  // namespace quittance::stripe_emulator
