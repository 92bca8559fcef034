// The table of payment facts: the newest state of each refund, dispute and other object that moves money.
#pragma once

#include <map>
#include <pqxx/pqxx>

#include "invoice_store/settlements/payment_merge.hpp"
#include "invoice_store/settlements/payment_rows.hpp"

namespace quittance::invoice_store {

// Writes these states over the stored ones. A new fact has no invoice yet (payment_links.hpp).
void write_fact_rows(pqxx::transaction_base& transaction, const std::map<ObjectKey, StoredFact>& facts);

// The columns that read_fact_row reads, of a row `f`.
constexpr const char* kFactColumns =
    "f.object_id, f.kind, f.stripe_invoice_id, f.payment_intent_id, f.charge_id, f.amount_minor, f.currency, f.status,"
    " f.event_time, f.event_id, f.refund_types, f.refund_ids, f.refund_amounts, f.out_of_band_minor, f.failure_code,"
    " f.failure_decline_code, f.failure_message, f.failure_time, f.invoice_id";
constexpr int kFactInvoiceColumn = 18;  // from the first one on
StoredFact read_fact_row(const pqxx::row& row, int first);

}  // namespace quittance::invoice_store
