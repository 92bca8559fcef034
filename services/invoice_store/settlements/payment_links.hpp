// Follows the names of payment intents and charges from facts to facts and to invoices, and settles the invoices found.
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

// Where to start from.
struct LinkNames {
    std::set<std::string> intents;
    std::set<std::string> charges;
    std::set<std::string> objects;  // facts that may have no name of a payment at all

    void add(const std::string& intent, const std::string& charge);
    void add(const v1::PaymentFact& fact);
};

// The columns that read_fact_row reads, of a row `f`.
constexpr const char* kFactColumns =
    "f.object_id, f.kind, f.stripe_invoice_id, f.payment_intent_id, f.charge_id, f.amount_minor, f.currency, f.status,"
    " f.event_time, f.event_id, f.invoice_id";
constexpr int kFactInvoiceColumn = 10;  // from the first one on
KnownFact read_fact_row(const pqxx::row& row, int first);

// Finds out anew whose the facts are that these names lead to, and sums up their invoices. By a fact's own word, else
// by the least invoice that any fact or invoice of the same payment names. Gives back the invoices of these facts, by
// account, mode and object. The caller holds the facts' lock.
std::map<std::tuple<std::string, bool, std::string>, std::string> settle(pqxx::transaction_base& transaction,
                                                                         const std::map<AccountMode, LinkNames>& names);

}  // namespace quittance::invoice_store
