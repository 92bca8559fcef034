// The rules of an invoice's life that calls and clock share: totals, finalising, collecting.
#pragma once

#include <string>
#include <string_view>

#include "stripe_emulator/model/account.hpp"
#include "stripe_emulator/model/call.hpp"
#include "stripe_emulator/model/refusal.hpp"

namespace quittance::stripe_emulator {

// totals.cpp
constexpr std::size_t kMostItems = 250;
constexpr std::int64_t kLargestAmount = 999'999'999'999;
void recalculate(Account& account, Invoice& invoice);
// What Stripe does not charge, because it is less: 50 for eur, 30 for gbp ….
std::int64_t minimum_charge(std::string_view currency);
// The currency in lower case if Stripe knows it.
Result<std::string> known_currency(std::string_view currency, std::string_view param);
// unit × quantity, rounded half away from zero to whole minor units; nothing where it is no decimal or too large.
OptionalInteger multiply_decimal(std::string_view unit, std::int64_t quantity);
// Adds, replaces and (empty value) deletes keys; "" instead of an object deletes all.
Result<void> apply_metadata(const json::object& parameters, std::string_view name, json::object& metadata);

// finalisation.cpp
// Draft to open, or straight to paid where nothing is due. Emits.
Result<void> finalise(Account& account, const Cause& cause, Invoice& invoice);
void cancel_payment(Account& account, const Cause& cause, Invoice& invoice);

// collection.cpp
// Charges what is due with that payment method, else the invoice's, else the customer's. A refusal by the card is a 402
// whose effects stay. `automatic`: the clock asks, not a client.
Result<void> collect(Account& account, const Cause& cause, Invoice& invoice, const OptionalText& payment_method,
                     bool automatic);
void settle_out_of_band(Account& account, const Cause& cause, Invoice& invoice);
// Paid, now that nothing is left to pay: a credit note took the rest.
void settle_by_credit_note(Account& account, const Cause& cause, Invoice& invoice);
// amount_due without what credit notes took off it before the payment.
inline std::int64_t amount_to_pay(const Invoice& invoice) {
    return invoice.amount_due - invoice.pre_payment_notes;
}
Result<void> check_attached(const Account& account, const Invoice& invoice, std::string_view payment_method,
                            std::string_view param);

// automation.cpp
// Puts the invoice's next automatic step on the agenda: the finaliser for a draft, a payment attempt for an open one.
void plan(Account& account, Invoice& invoice);
// Does everything that is due, in order of its time.
void run_agenda(Account& account, const Now& now);
OptionalInteger next_on_agenda(const Account& account);
// What became of a webhook attempt, with its consequences for the event and the invoice.
void webhook_accepted(Account& account, std::uint64_t delivery, int status, const Now& now);

// refunds.cpp
// What may still be refunded of it; nothing of a charge that failed or is disputed.
Result<std::int64_t> refundable(const Charge& charge);
// Gives `amount` back; the caller has checked it. Emits.
Refund& make_refund(Account& account, const Cause& cause, Charge& charge, std::int64_t amount,
                    const OptionalText& reason, const json::object& metadata);
// A refund that the bank sent back: the charge is no longer refunded by it.
Result<json::object> fail_refund(Account& account, const Cause& cause, const std::string& id);

// disputes.cpp
// Opens a dispute of a charge ({"charge"} or {"invoice"}), or moves the one that there is on to {"status"}.
Result<json::object> move_dispute(Account& account, const Cause& cause, const json::object& wish);

// payment_methods.cpp
// The method with that id, or a fresh one where the id is one of Stripe's shared test ids (pm_card_visa …).
Result<PaymentMethod*> resolve_payment_method(Account& account, const Cause& cause, const std::string& id,
                                              std::string_view param, bool in_path);
Result<void> attach(Account& account, const Cause& cause, PaymentMethod& method, const Customer& customer);

// invoice_items.cpp
// What a new item or line says about itself; amount and quantity exclude each other.
struct ItemContents {
    std::int64_t amount = 0;
    std::int64_t quantity = 1;
    std::string price;
};
// `prefix` is "" or "lines[3]" for the names of parameters in errors. Mints a price where an amount stands alone.
Result<ItemContents> item_contents(Account& account, const Call& call, const json::object& parameters,
                                   const std::string& currency, const std::string& prefix);
// Whether the parameters say anything about amount, price or quantity.
bool has_contents(const json::object& parameters);
Result<void> apply_item_details(Item& item, const json::object& parameters, const std::string& prefix);
Result<void> change_item(Account& account, const Call& call, Item& item, const json::object& parameters,
                         const std::string& prefix);
Item& add_item(Account& account, const Call& call, Item item);
// Puts an item at the end of an invoice's lines.
void bind_item(Account& account, const Cause& cause, Item& item, Invoice& invoice);
// Refuses another currency than that of what the customer is still to be billed for: of what Stripe names there, the
// emulator has pending items. What was billed already binds nobody.
Result<void> only_currency(const Account& account, const std::string& customer, const std::string& currency);
// Refuses what touches taxes, discounts or shipping: amounts that the emulator does not compute.
Result<void> refuse_unemulated(const json::object& parameters, const std::string& prefix);
std::string parameter_name(const std::string& prefix, std::string_view name);

// The invoice in the path; `param` is what Stripe names in the 404.
Result<Invoice*> invoice_in_path(Account& account, const Call& call, std::string_view param);

}  // namespace quittance::stripe_emulator
