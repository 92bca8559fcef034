// The inbox: the table with one row for each Stripe event that the store accepted. A duplicate is found there before
// anything changes.
#pragma once

#include <pqxx/pqxx>
#include <vector>

#include "invoice_store/events/event_batch.hpp"

namespace quittance::invoice_store {

void prepare_inbox(pqxx::connection& connection);

// Inserts the events and sets `is_new` for those that were not there yet. A replay's row is locked until the
// transaction ends instead, and `is_new` says whether it still has to be applied (it is dead or ignored): the later of
// two concurrent replays finds nothing to do. `entries`: distinct events in the order of their ids, so that all writers
// lock rows in one order. The transaction then shares the registration lock.
void insert_into_inbox(pqxx::transaction_base& transaction, std::vector<BatchEntry>& entries);

// Corrects the state of the inserted events that are stale or need a refetch, and records the result of each replay as
// one more attempt.
void record_states(pqxx::transaction_base& transaction, const std::vector<BatchEntry>& entries);

}  // namespace quittance::invoice_store
