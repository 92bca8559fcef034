// The table of events that we took: a row a Stripe event, so that a duplicate is known before anything changes.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "quittance/v1/invoice.pb.h"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

// An event on its way into the inbox. The event must outlive it.
struct InboxEntry {
    const v1::InvoiceEvent* event = nullptr;
    std::string invoice_id;  // ours; empty where there is none
    // APPLIED, STALE, NEEDS_REFETCH, IGNORED or DEAD.
    v1::EventOutcome::State state = v1::EventOutcome::APPLIED;
    std::string error;  // why it is dead
};

void prepare_inbox(pqxx::connection& connection);

// Inserts the entries whose event was not there yet; `true` at the place of each that was new. `entries`: distinct
// events, in the order of their ids, so that all writers lock in one order.
std::vector<bool> take_events(pqxx::transaction_base& transaction, const std::vector<InboxEntry>& entries);

// The same for replays: locks the events that still are to be applied (dead or ignored), until the transaction's end,
// so that of two replays at once the later finds nothing to do. `true` at the place of each that is to be applied.
std::vector<bool> reopen_events(pqxx::transaction_base& transaction, const std::vector<InboxEntry>& entries);

// Corrects the state of entries that this transaction took.
void settle_events(pqxx::transaction_base& transaction, const std::vector<InboxEntry>& entries);

// Notes what the replay of the entries came to, one attempt more.
void settle_replays(pqxx::transaction_base& transaction, const std::vector<InboxEntry>& entries);

}  // namespace quittance::invoice_store
