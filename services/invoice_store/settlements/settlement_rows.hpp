// The table of settlements: what the payments of an invoice come to, and whether anybody followed them. A row may be
// there before its invoice is. An invoice without a row is settled once it is paid.
#pragma once

#include <map>
#include <pqxx/pqxx>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "invoice_store/settlements/settlement.hpp"

namespace quittance::invoice_store {

// Writes the settlements of these invoices, and a change for watchers of each that changes. An invoice without a
// settlement in `settlements` has none. It gets no row, and a row that it has becomes empty.
void write_settlements(pqxx::transaction_base& transaction, const std::pair<std::string, bool>& where,
                       const std::set<std::string>& invoices, const std::map<std::string, Settlement>& settlements);

void prepare_unfollowed(pqxx::connection& connection);

// Marks the paid invoices among these whose refunds and disputes nobody can have followed: Stripe's answer, or an event
// long after the payment, shows a payment from before the account was followed.
void mark_unfollowed(pqxx::transaction_base& transaction, const std::vector<const v1::InvoiceEvent*>& events);

// Notes that all refunds and disputes of an account were followed or asked for since `from`.
void extend_followed(pqxx::transaction_base& transaction, const std::pair<std::string, bool>& where,
                     const google::protobuf::Timestamp& from);

// The condition that nobody followed the invoice of the settlement `s` or asked for it.
std::string_view unfollowed_condition();

}  // namespace quittance::invoice_store
