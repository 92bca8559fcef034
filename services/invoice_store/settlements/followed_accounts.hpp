// Since when the refunds and disputes of each account are followed, and which paid invoices are older than that
// (docs/decisions/0038-settlements-that-nobody-followed-are-unknown.md).
#pragma once

#include <pqxx/pqxx>
#include <string_view>
#include <vector>

#include "invoice_store/settlements/payment_rows.hpp"

namespace quittance::invoice_store {

void prepare_followed_accounts(pqxx::connection& connection);

// Notes the accounts of the events that tell of a payment and that nobody had to ask for. Costs no statement where none
// of them does.
void note_followed(pqxx::transaction_base& transaction, const std::vector<const v1::InvoiceEvent*>& events);

// Notes that all refunds and disputes of an account were followed or asked for since `from`.
void extend_followed(pqxx::transaction_base& transaction, const AccountMode& where,
                     const google::protobuf::Timestamp& from);

// Marks the paid invoices among these whose refunds and disputes nobody can have followed: Stripe's answer, or an event
// long after the payment, shows a payment from before the account was followed.
void mark_unfollowed(pqxx::transaction_base& transaction, const std::vector<const v1::InvoiceEvent*>& events);

// The condition that nobody followed the invoice of the settlement `s` or asked for it.
std::string_view unfollowed_condition();

}  // namespace quittance::invoice_store
