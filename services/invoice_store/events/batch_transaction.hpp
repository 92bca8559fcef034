// Applies one batch of events in one transaction: the inbox first, so that duplicates are found, then the invoices of
// the new events, then the totals.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "invoice_store/counts/invoice_counts.hpp"
#include "invoice_store/events/event_batch.hpp"

namespace quittance::invoice_store {

void prepare_batches(pqxx::connection& connection);

// Applies the items and sets their outcomes after the commit. Throws pqxx's exceptions; then no outcome was set, and
// nothing was written unless the connection was lost during the commit.
void apply_batch(pqxx::connection& connection, const std::vector<BatchItem>& items, InvoiceCounts& counts);

// Puts an event that the database refuses into the inbox as dead, with the reason. Its outcome is DEAD, or DUPLICATE.
void park(pqxx::connection& connection, const BatchItem& item, const std::string& reason);

}  // namespace quittance::invoice_store
