// Writes a batch whatever happens: retries it, splits it, or parks an event that can never be applied.
#pragma once

#include <vector>

#include "invoice_store/counts/invoice_counts.hpp"
#include "invoice_store/events/event_batch.hpp"
#include "postgres/pool.hpp"

namespace quittance::invoice_store {

// Sets every item's outcome and never throws. A deadlock is retried at once. Where an event's data are at fault, the
// batch is halved until the faulty event is alone, and that event is parked as DEAD. Where the database is at fault,
// the remaining events get RETRY.
void run_batch(postgres::Pool& pool, const std::vector<BatchItem>& items, InvoiceCounts& counts);

}  // namespace quittance::invoice_store
