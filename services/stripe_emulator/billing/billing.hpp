// The billing rules that calls and the clock share: totals, finalising, collecting, automatic steps, contents of items.
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
// Stripe's minimum charge: 50 for eur, 30 for gbp …. Smaller amounts are not charged.
std::int64_t minimum_charge(std::string_view currency);
// Refuses an amount that the currency cannot express in what its smallest coin is at the cards: a last digit other than
// 0 in three decimals, a fraction of isk or ugx.
Result<void> check_fraction(std::int64_t amount, std::string_view currency, std::string_view param);
// The same, and the smallest and the largest charge.
Result<void> check_chargeable(std::int64_t amount, std::string_view currency, std::string_view param);
// The currency in lower case if Stripe knows it.
Result<std::string> known_currency(std::string_view currency, std::string_view param);
// unit × quantity, rounded half away from zero to whole minor units; nothing if it is no decimal or too large.
OptionalInteger multiply_decimal(std::string_view unit, std::int64_t quantity);
// Adds, replaces and (empty value) deletes keys; "" instead of an object deletes all.
Result<void> apply_metadata(const json::object& parameters, std::string_view name, json::object& metadata);

// finalisation.cpp
// Makes a draft open, or paid at once if nothing is due. Emits events.
Result<void> finalise(Account& account, const Cause& cause, Invoice& invoice);

// collection.cpp
// Charges the amount due with that payment method, else the invoice's, else the customer's. A refusal by the card is a
// 402 whose effects stay. `automatic`: the caller is the clock, not a client.
Result<void> collect(Account& account, const Cause& cause, Invoice& invoice, const OptionalText& payment_method,
                     bool automatic);
// A bank debit of the invoice's default payment came back unpaid. Emits events.
void debit_failed(Account& account, const Cause& cause, Invoice& invoice);
void pay_out_of_band(Account& account, const Cause& cause, Invoice& invoice);
// Marks the invoice as paid after a credit note left nothing to pay.
void pay_by_credit_note(Account& account, const Cause& cause, Invoice& invoice);
// What is left to pay: less the credit notes from before the payment, and less what was paid.
inline std::int64_t amount_to_pay(const Invoice& invoice) {
    return invoice.amount_due - invoice.pre_payment_notes - invoice.amount_paid;
}
Result<void> check_attached(const Account& account, const Invoice& invoice, std::string_view payment_method,
                            std::string_view param);

// automation.cpp
// Puts the invoice's next automatic step on the agenda: the finaliser for a draft, a payment attempt for an open one.
void plan(Account& account, Invoice& invoice);
// Does everything that is due, in order of its time.
void run_agenda(Account& account, const Now& now);
OptionalInteger next_on_agenda(const Account& account);
// Records an accepted webhook, with its consequences for the event and the invoice.
void webhook_accepted(Account& account, std::uint64_t delivery, int status, const Now& now);

// item_contents.cpp
// The price fields of a new item or line. The parameters have an amount or a quantity, not both.
struct ItemContents {
    std::int64_t amount = 0;
    std::int64_t quantity = 1;
    std::string price;
};
// `prefix` is "" or "lines[3]" for the names of parameters in errors. Makes a price for an amount that has none.
Result<ItemContents> item_contents(Account& account, const Call& call, const json::object& parameters,
                                   const std::string& currency, const std::string& prefix);
// Whether the parameters have an amount, a price or a quantity.
bool has_contents(const json::object& parameters);
// Refuses parameters of taxes, discounts or shipping: the emulator does not compute those amounts.
Result<void> refuse_unemulated(const json::object& parameters, const std::string& prefix);
std::string parameter_name(const std::string& prefix, std::string_view name);

}  // namespace quittance::stripe_emulator
