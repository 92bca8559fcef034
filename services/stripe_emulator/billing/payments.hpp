// Payments: charging a PaymentIntent, and what a payment does to the invoices that it pays. The calls of Stripe's API
// and the collection of invoices share this.
#pragma once

#include <cstdint>
#include <string>

#include "stripe_emulator/model/account.hpp"
#include "stripe_emulator/model/call.hpp"
#include "stripe_emulator/model/refusal.hpp"

namespace quittance::stripe_emulator {

// Whether a payment counts as an attempt to collect its invoices, and who made it.
enum class Attempt { kNone, kByClient, kByClock };

// The first attempt always counts; later ones count only if the clock makes them.
void count_attempt(Invoice& invoice, Attempt attempt);

// charging.cpp
// The new charge of an intent: neither paid nor refused yet.
Charge& make_charge(Account& account, const Cause& cause, PaymentIntent& intent, const PaymentMethod& method);
// The card pays. Money that need not be captured reaches the intent's invoices. Emits events.
void charge_succeeded(Account& account, const Cause& cause, PaymentIntent& intent, const PaymentMethod& method,
                      Attempt attempt);
// The card refuses. Changes the intent and its new charge, and gives Stripe's 402. Emits nothing.
Refusal charge_refused(Account& account, const Cause& cause, PaymentIntent& intent, const PaymentMethod& method);
void emit_refused_charge(Account& account, const Cause& cause, const PaymentIntent& intent);
// The payer has to authenticate. Changes the intent, and emits nothing.
void require_action(PaymentIntent& intent, const PaymentMethod& method);
// The bank debit is on its way.
void start_clearing(PaymentIntent& intent, const PaymentMethod& method);
void emit_intent(Account& account, const Cause& cause, std::string_view type, const PaymentIntent& intent);
// Takes `amount` of what a card reserved; the rest is released.
void capture(Account& account, const Cause& cause, PaymentIntent& intent, std::int64_t amount);
void cancel_intent(Account& account, const Cause& cause, PaymentIntent& intent, const OptionalText& reason);
// A new intent with an id and a client secret, in the account's table.
PaymentIntent& add_intent(Account& account, const Cause& cause, PaymentIntent intent);

// invoice_payments.cpp
// The intent that collecting charges, over what is left to pay.
void make_default_payment(Account& account, const Cause& cause, Invoice& invoice);
// The amount of the default payment follows what is left to pay.
void follow_amount(Account& account, const Invoice& invoice);
// Gives `amount` to the payment's invoice, which is paid if nothing is left. Emits events.
void pay_invoice_by(Account& account, const Cause& cause, InvoicePayment& payment, std::int64_t amount,
                    Attempt attempt);
// The money of an intent reaches the invoices whose open payment it is.
void pay_invoices_of(Account& account, const Cause& cause, const PaymentIntent& intent, Attempt attempt);
// Ends the invoice's open payments. The default one's intent is cancelled too.
void cancel_payments(Account& account, const Cause& cause, Invoice& invoice);
// Changes the invoice to paid, without events.
void mark_paid(Account& account, const Cause& cause, Invoice& invoice);
// Lets an intent or a record pay what is left of the invoice, with what no other invoice claims of it. Refuses one that
// was canceled or failed, another currency, and an intent of another customer.
Result<void> attach_payment(Account& account, const Cause& cause, Invoice& invoice, PaymentIntent& intent);
Result<void> attach_payment(Account& account, const Cause& cause, Invoice& invoice, PaymentRecord& record);
// Takes an intent off an invoice. An invoice with an unpaid rest is open again and gets a new default payment.
Result<void> detach_payment(Account& account, const Cause& cause, Invoice& invoice, PaymentIntent& intent);

}  // namespace quittance::stripe_emulator
