// The calls of Stripe's API, one function each. A function takes checked parameters and gives the object, or Stripe's
// refusal. The table of methods and paths is in routes.cpp.
#pragma once

#include "stripe_emulator/model/account.hpp"
#include "stripe_emulator/model/call.hpp"
#include "stripe_emulator/model/refusal.hpp"

namespace quittance::stripe_emulator {

using Operation = Result<json::object> (*)(Account&, const Call&);

// accounts.cpp
Result<json::object> get_own_account(Account& account, const Call& call);
Result<json::object> get_account(Account& account, const Call& call);
Result<json::object> list_accounts(Account& account, const Call& call);

// customers.cpp
Result<json::object> create_customer(Account& account, const Call& call);
Result<json::object> get_customer(Account& account, const Call& call);
Result<json::object> update_customer(Account& account, const Call& call);
Result<json::object> delete_customer(Account& account, const Call& call);
Result<json::object> list_customers(Account& account, const Call& call);

// payment_methods.cpp
Result<json::object> create_payment_method(Account& account, const Call& call);
Result<json::object> get_payment_method(Account& account, const Call& call);
Result<json::object> update_payment_method(Account& account, const Call& call);
Result<json::object> attach_payment_method(Account& account, const Call& call);
Result<json::object> detach_payment_method(Account& account, const Call& call);
Result<json::object> list_payment_methods(Account& account, const Call& call);
Result<json::object> list_customer_payment_methods(Account& account, const Call& call);

// invoices.cpp
Result<json::object> create_invoice(Account& account, const Call& call);
Result<json::object> get_invoice(Account& account, const Call& call);
Result<json::object> update_invoice(Account& account, const Call& call);
Result<json::object> delete_invoice(Account& account, const Call& call);
Result<json::object> list_invoices(Account& account, const Call& call);

// invoice_steps.cpp
Result<json::object> finalize_invoice(Account& account, const Call& call);
Result<json::object> pay_invoice(Account& account, const Call& call);
Result<json::object> void_invoice(Account& account, const Call& call);
Result<json::object> mark_invoice_uncollectible(Account& account, const Call& call);
Result<json::object> send_invoice(Account& account, const Call& call);

// invoice_items.cpp
Result<json::object> create_invoice_item(Account& account, const Call& call);
Result<json::object> get_invoice_item(Account& account, const Call& call);
Result<json::object> update_invoice_item(Account& account, const Call& call);
Result<json::object> delete_invoice_item(Account& account, const Call& call);
Result<json::object> list_invoice_items(Account& account, const Call& call);

// invoice_lines.cpp
Result<json::object> list_lines(Account& account, const Call& call);
Result<json::object> add_lines(Account& account, const Call& call);
Result<json::object> remove_lines(Account& account, const Call& call);
Result<json::object> update_lines(Account& account, const Call& call);
Result<json::object> update_line(Account& account, const Call& call);

// refunds.cpp
Result<json::object> create_refund(Account& account, const Call& call);
Result<json::object> update_refund(Account& account, const Call& call);
Result<json::object> get_refund(Account& account, const Call& call);
Result<json::object> list_refunds(Account& account, const Call& call);

// disputes.cpp
Result<json::object> update_dispute(Account& account, const Call& call);
Result<json::object> close_dispute(Account& account, const Call& call);
Result<json::object> get_dispute(Account& account, const Call& call);
Result<json::object> list_disputes(Account& account, const Call& call);

// event_calls.cpp
Result<json::object> get_event(Account& account, const Call& call);
Result<json::object> list_events(Account& account, const Call& call);
Result<json::object> retry_event(Account& account, const Call& call);

// webhook_endpoints.cpp
Result<json::object> create_webhook_endpoint(Account& account, const Call& call);
Result<json::object> get_webhook_endpoint(Account& account, const Call& call);
Result<json::object> update_webhook_endpoint(Account& account, const Call& call);
Result<json::object> delete_webhook_endpoint(Account& account, const Call& call);
Result<json::object> list_webhook_endpoints(Account& account, const Call& call);

}  // namespace quittance::stripe_emulator
