// Follows the ids of payment intents and charges from fact to payment and to invoices, and recomputes the settlements
// of the invoices found.
#pragma once

#include <map>
#include <pqxx/pqxx>
#include <set>
#include <string>

#include "invoice_store/settlements/payment_rows.hpp"

namespace quittance::invoice_store {

// The ids to start from.
struct LinkNames {
    std::set<std::string> intents;
    std::set<std::string> charges;
    std::set<std::string> objects;   // facts, which may have no id of a payment
    std::set<std::string> invoices;  // Stripe's ids

    void add(const std::string& intent, const std::string& charge);
    void add(const v1::PaymentFact& fact);
    void add(const v1::InvoicePayment& payment);
};

// Waits for the transactions that recompute settlements, and keeps them away until this one ends.
void lock_facts(pqxx::transaction_base& transaction);

// Recomputes the settlement of each invoice that these ids lead to, and notes for each fact an invoice of it. Returns
// these invoices by account, mode and object. The caller holds lock_facts.
std::map<ObjectKey, std::string> recompute_settlements(pqxx::transaction_base& transaction,
                                                       const std::map<AccountMode, LinkNames>& names);

}  // namespace quittance::invoice_store
