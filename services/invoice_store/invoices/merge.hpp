// How an event changes an invoice: one pure function. The same rule stands once more as a guard in the SQL of
// invoice_table.cpp, for writers in other processes; a test proves the two equal.
//
// The join is commutative, associative and idempotent, so every order and every duplication of an invoice's events ends
// in the same row:
//   - the snapshot of the greatest (rank, event_time, event_id, content_hash) stands as a whole;
//   - refetch_needed is set when two different contents claim the same greatest rank and second, and cleared by a
//     snapshot of a later second or a higher rank, such as Stripe's answer to the refetch, which carries the time of
//     asking. By the second, because events know no finer: one of the answer's own second may be older than the answer
//     or newer, and only asking once more can tell;
//   - attempt_count, last_payment_attempt_time and update_time take the maximum, whatever the rank;
//   - deleted outranks everything: a late `updated` does not bring a deleted draft back.
// https://docs.stripe.com/webhooks#event-ordering: Stripe promises no order, and `created` has whole seconds.
#pragma once

#include <compare>
#include <optional>

#include "quittance/v1/invoice.pb.h"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

// By rank, event_time, event_id and content_hash, in this order.
std::strong_ordering compare(const v1::Provenance& left, const v1::Provenance& right);

// True where the rank and the second of event_time are equal.
bool same_second_conflict(const v1::Provenance& left, const v1::Provenance& right);

// `row`: what stands, or nothing. `snapshot`: what an event says (snapshot_of), or itself a merge of several.
v1::Invoice merge(std::optional<v1::Invoice> row, v1::Invoice snapshot);

// What became of an event with this provenance, given what stood before the write (nothing: it made the row) and what
// stands after it: APPLIED, STALE or NEEDS_REFETCH.
v1::EventOutcome::State outcome_of(const v1::Provenance& event, const std::optional<v1::Provenance>& before,
                                   const v1::Provenance& after);

}  // namespace quittance::invoice_store
