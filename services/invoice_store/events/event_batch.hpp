// The events of one batch: the items that callers submitted, and one entry for each distinct event among them.
#pragma once

#include <string>
#include <vector>

#include "quittance/v1/invoice.pb.h"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

// A submitted event, and the place of its outcome. Both outlive the batch.
struct BatchItem {
    const v1::InvoiceEvent* event = nullptr;
    v1::EventOutcome* outcome = nullptr;
    bool* tells_failure = nullptr;  // set to true for the first event that tells of a failed payment; may be null
};

// A distinct event on its way through the batch's transaction.
struct BatchEntry {
    const v1::InvoiceEvent* event = nullptr;
    std::vector<v1::EventOutcome*> outcomes;  // more than one where the batch holds the event more than once
    bool* tells_failure = nullptr;            // of the item that counts
    std::string invoice_id;                   // our id; empty where there is none
    // APPLIED, STALE, NEEDS_REFETCH, IGNORED or DEAD.
    v1::EventOutcome::State state = v1::EventOutcome::APPLIED;
    std::string error;            // why the event is dead
    v1::Provenance provenance;    // of the event's snapshot
    bool is_new = false;          // the inbox did not hold the event, or holds it for this replay
    std::string refetch;          // Stripe's id of the invoice that the event left in doubt
    bool is_new_failure = false;  // the first event that tells of this failed payment
    std::string failed_invoice;   // Stripe's id of the invoice of that payment; empty: not known yet
};

bool is_replay(const v1::InvoiceEvent& event);

// True where the event is new and nothing is wrong with it.
bool is_applicable(const BatchEntry& entry);

// One entry for each distinct event, in the order of their ids.
std::vector<BatchEntry> deduplicate(const std::vector<BatchItem>& items);

// Sets the items' outcomes. Call it after the commit.
void report_outcomes(const std::vector<BatchEntry>& entries);

}  // namespace quittance::invoice_store
