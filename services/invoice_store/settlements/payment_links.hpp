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

// The columns that read_fact_row reads, of a row `f`.
constexpr const char* kFactColumns =
    "f.object_id, f.kind, f.stripe_invoice_id, f.payment_intent_id, f.charge_id, f.amount_minor, f.currency, f.status,"
    " f.event_time, f.event_id, f.refund_types, f.refund_ids, f.refund_amounts, f.out_of_band_minor, f.failure_code,"
    " f.failure_decline_code, f.failure_message, f.failure_time, f.invoice_id";
constexpr int kFactInvoiceColumn = 18;  // from the first one on
StoredFact read_fact_row(const pqxx::row& row, int first);

// Recomputes the settlement of each invoice that these ids lead to, and notes for each fact an invoice of it. Returns
// these invoices by account, mode and object. The caller holds kFactsLock.
std::map<ObjectKey, std::string> recompute_settlements(pqxx::transaction_base& transaction,
                                                       const std::map<AccountMode, LinkNames>& names);

}  // namespace quittance::invoice_store
