// The merge rule: a pure function that says how an event changes an invoice. The upsert (invoice_upsert.cpp) repeats
// the rule in SQL for writers in other processes. A test proves the two equal.
//
// The merge is commutative, associative and idempotent. So every order and every duplication of an invoice's events
// ends in the same row:
//   - The snapshot with the greatest (rank, event_time, event_id, content_hash) wins as a whole.
//   - refetch_needed is set when two snapshots with the winning rank and second differ in content. A later second or a
//     higher rank clears it. Stripe's answer to the refetch is such a snapshot: it carries the time of the request.
//     The rule compares whole seconds because Stripe's events have no finer time. An event of the same second as the
//     answer may be older or newer than it, and only another refetch can tell.
//   - attempt_count, last_payment_attempt_time and update_time take the maximum, whatever the rank.
//   - deleted outranks everything: a late `updated` does not restore a deleted draft.
// https://docs.stripe.com/webhooks#event-ordering: Stripe promises no order, and `created` has whole seconds.
#pragma once

#include <compare>
#include <optional>

#include "quittance/v1/invoice.pb.h"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

// By rank, event_time, event_id and content_hash, in this order.
std::strong_ordering compare(const v1::Provenance& left, const v1::Provenance& right);

// True if rank and the second of event_time are equal: then the two conflict unless their contents are equal.
bool same_second_conflict(const v1::Provenance& left, const v1::Provenance& right);

// `row`: the stored invoice, if any. `snapshot`: made by snapshot_of, or itself a merge of several snapshots.
v1::Invoice merge(std::optional<v1::Invoice> row, v1::Invoice snapshot);

// The outcome of an event: APPLIED, STALE or NEEDS_REFETCH. `before` and `after`: the row's provenance before and after
// the write. `before` is unset if the write made the row.
v1::EventOutcome::State outcome_of(const v1::Provenance& event, const std::optional<v1::Provenance>& before,
                                   const v1::Provenance& after);

}  // namespace quittance::invoice_store
