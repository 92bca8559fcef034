// The merge rule: a pure function that says how a statement of Stripe changes an invoice. A statement is an event's
// snapshot, or Stripe's answer to a question of ours. The function itself merges the statements of one batch. Against a
// row that exists already, the upsert (invoice_upsert.cpp) decides: it states the same rule in SQL, because other
// transactions write the row too. A test proves the two equal.
//
// The merge is commutative, associative and idempotent. So every order and every duplication of what Stripe says about
// an invoice ends in the same row:
//   - What cannot be undone comes first: draft < deleted < finalised. Stripe deletes drafts only, and a finalised
//     invoice never becomes a draft again.
//   - Within a stage the later second stands, whatever the status: Stripe reopens a paid invoice whose payment is
//     detached. https://docs.stripe.com/webhooks#event-ordering: Stripe promises no order, but `created` tells it.
//   - Within a second the step that began the stage is the earliest. Among the others the further status stands
//     (open < uncollectible < paid and void), then the greater id and content hash.
//   - attempt_count and everything else follow the statement that stands. last_payment_attempt_time and update_time
//     take the maximum.
//   - payment_intent_id and charge_id are those of the latest second whose statement names a payment: since basil most
//     statements name none. Within a second the greater ids stand.
// A row is in doubt, and Stripe is asked, in two cases. The row keeps what tells them in any order of arrival:
//   - contested: two contents claim the second that stands. An answer of the same second decides nothing, because it
//     may be older or newer than the event. An answer of a later second stands and ends the doubt.
//   - taken back: the furthest status that any statement gave is beyond the status that stands, and Stripe has given no
//     answer since. The later statement stands at once; the answer confirms or corrects it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "quittance/v1/invoice.pb.h"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

// The order of statements: by stage, second, step, rank, event_id and content_hash.
std::strong_ordering compare(const v1::Provenance& left, const v1::Provenance& right);

// True if the two contest each other unless their contents are equal: same stage and second, and neither or both are
// the step that began the stage.
bool same_second_conflict(const v1::Provenance& left, const v1::Provenance& right);

// True if a later statement took back the furthest status, and no answer of a later second confirms it.
bool taken_back(const v1::Provenance& provenance);

// True if Stripe has to be asked: contested or taken back.
bool in_doubt(const v1::Provenance& provenance);

// The furthest status and its second as one number that sorts by status, then by second. 0: no finalised status.
std::int64_t furthest_key(const v1::Provenance& provenance);
void set_furthest(std::int64_t key, v1::Provenance& provenance);

// `row`: the stored invoice, if any. `snapshot`: made by snapshot_of, or itself a merge of several snapshots. A merged
// invoice whose payment another statement named than the one that stands has the second of that statement as
// create_time of its only element of `payments`.
v1::Invoice merge(std::optional<v1::Invoice> row, v1::Invoice snapshot);

// The outcome of an event: APPLIED, STALE or NEEDS_REFETCH. `before` and `after`: the row's provenance before and after
// the write. `before` is unset if the write made the row.
v1::EventOutcome::State outcome_of(const v1::Provenance& event, const std::optional<v1::Provenance>& before,
                                   const v1::Provenance& after);

}  // namespace quittance::invoice_store
