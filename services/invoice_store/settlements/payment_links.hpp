// Follows the ids of payment intents and charges from fact to fact and to invoices, and recomputes the settlements of
// the invoices found.
#pragma once

#include <map>
#include <pqxx/pqxx>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "invoice_store/settlements/settlement.hpp"

namespace quittance::invoice_store {

using AccountMode = std::pair<std::string, bool>;

// The ids to start from.
struct LinkNames {
    std::set<std::string> intents;
    std::set<std::string> charges;
    std::set<std::string> objects;  // facts, which may have no id of a payment

    void add(const std::string& intent, const std::string& charge);
    void add(const v1::PaymentFact& fact);
};

// The columns that read_fact_row reads, of a row `f`.
constexpr const char* kFactColumns =
    "f.object_id, f.kind, f.stripe_invoice_id, f.payment_intent_id, f.charge_id, f.amount_minor, f.currency, f.status,"
    " f.event_time, f.event_id, f.invoice_id";
constexpr int kFactInvoiceColumn = 10;  // from the first one on
StoredFact read_fact_row(const pqxx::row& row, int first);

// Assigns an invoice to each fact that these ids lead to, and recomputes those invoices' settlements. A fact belongs to
// the invoice that it names, else to the smallest invoice id that any fact or invoice of the same payment names.
// Returns the invoices of these facts by account, mode and object. The caller holds kFactsLock.
std::map<std::tuple<std::string, bool, std::string>, std::string> recompute_settlements(
    pqxx::transaction_base& transaction, const std::map<AccountMode, LinkNames>& names);

}  // namespace quittance::invoice_store
