// Runs a batch to its end: retries what may be retried, splits what fails, parks what can never work.
#pragma once

#include <vector>

#include "invoice_store/events/batch_transaction.hpp"
#include "postgres/pool.hpp"

namespace quittance::invoice_store {

// Sets every item's outcome and never throws. A deadlock is retried at once; where the data are at fault, the batch is
// halved until the poison event stands alone, and that one is parked as DEAD; where the database is at fault, what is
// left is RETRY.
void run_batch(postgres::Pool& pool, const std::vector<BatchItem>& items, InvoiceCounts& counts);

}  // namespace quittance::invoice_store
