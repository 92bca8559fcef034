// The events of one batch on their way through its transaction: found distinct, taken into the inbox, settled there,
// and told to their callers.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "invoice_store/events/inbox.hpp"

namespace quittance::invoice_store {

// An event that waits, and where its outcome goes. Both outlive the batch.
struct BatchItem {
    const v1::InvoiceEvent* event = nullptr;
    v1::EventOutcome* outcome = nullptr;
};

// One event id of a batch and everything that becomes of it.
struct Entry {
    std::vector<BatchItem> items;  // more than one where the batch holds the event more than once
    InboxEntry inbox;
    v1::Provenance provenance;  // of its snapshot
    bool is_new = false;        // or to be applied once more
    std::string refetch;        // the invoice that it left in doubt, by Stripe's id
};

bool is_replay(const v1::InvoiceEvent& event);

// To be applied: it is new, and nothing is wrong with it.
bool is_applicable(const Entry& entry);

// Distinct events in the order of their ids.
std::vector<Entry> distinct(const std::vector<BatchItem>& items);

// Puts them into the inbox, or opens the replays among them again, and so learns which are to be applied.
void take(pqxx::transaction_base& transaction, std::vector<Entry>& entries);

// Corrects in the inbox what is not `applied`, and notes what became of the replays.
void settle(pqxx::transaction_base& transaction, const std::vector<Entry>& entries);

// Sets the outcomes, after the commit.
void tell(const std::vector<Entry>& entries);

}  // namespace quittance::invoice_store
