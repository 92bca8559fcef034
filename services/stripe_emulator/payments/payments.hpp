// The calls of Stripe's API about payments: PaymentIntents, charges, payment records, and the payments of invoices.
#pragma once

#include "stripe_emulator/model/account.hpp"
#include "stripe_emulator/model/call.hpp"
#include "stripe_emulator/model/refusal.hpp"

namespace quittance::stripe_emulator {

// payment_intents.cpp
Result<json::object> create_payment_intent(Account& account, const Call& call);
Result<json::object> get_payment_intent(Account& account, const Call& call);
Result<json::object> update_payment_intent(Account& account, const Call& call);
Result<json::object> list_payment_intents(Account& account, const Call& call);

// payment_intent_steps.cpp
Result<json::object> confirm_payment_intent(Account& account, const Call& call);
Result<json::object> capture_payment_intent(Account& account, const Call& call);
Result<json::object> cancel_payment_intent(Account& account, const Call& call);
// The steps behind them: confirm as the parameters of create or confirm say.
Result<void> confirm(Account& account, const Call& call, PaymentIntent& intent);
Result<PaymentIntent*> intent_in_path(Account& account, const Call& call);
// What the payer or the payer's bank does later: authenticates or not, lets a debit clear or not. For a control route.
Result<json::object> settle_intent(Account& account, const Cause& cause, const std::string& id, bool succeeds);

// setup_intents.cpp
Result<json::object> create_setup_intent(Account& account, const Call& call);
Result<json::object> get_setup_intent(Account& account, const Call& call);
Result<json::object> confirm_setup_intent(Account& account, const Call& call);
Result<json::object> cancel_setup_intent(Account& account, const Call& call);

// sources.cpp
Result<json::object> create_source(Account& account, const Call& call);
Result<json::object> update_source(Account& account, const Call& call);

// charges.cpp
Result<json::object> create_charge(Account& account, const Call& call);
Result<json::object> get_charge(Account& account, const Call& call);
Result<json::object> update_charge(Account& account, const Call& call);
Result<json::object> capture_charge(Account& account, const Call& call);
Result<json::object> list_charges(Account& account, const Call& call);

// payment_records.cpp
Result<json::object> report_payment(Account& account, const Call& call);
Result<json::object> get_payment_record(Account& account, const Call& call);
Result<json::object> report_payment_guaranteed(Account& account, const Call& call);
Result<json::object> report_payment_failed(Account& account, const Call& call);
Result<json::object> report_payment_refund(Account& account, const Call& call);

// invoice_payment_calls.cpp
Result<json::object> get_invoice_payment(Account& account, const Call& call);
Result<json::object> list_invoice_payments(Account& account, const Call& call);
Result<json::object> attach_invoice_payment(Account& account, const Call& call);
Result<json::object> detach_invoice_payment(Account& account, const Call& call);

}  // namespace quittance::stripe_emulator
