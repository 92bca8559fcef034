#include "invoice_store/invoices/merge.hpp"

#include <algorithm>
#include <utility>

#include "base/timestamps.hpp"

namespace quittance::invoice_store {
namespace {

using google::protobuf::Timestamp;

void raise(Timestamp& time, const Timestamp& other) {
    if (std::is_lt(base::compare(time, other))) time = other;
}

// Raises the fields that only grow.
void raise_maximums(v1::Invoice& winner, const v1::Invoice& other) {
    winner.set_attempt_count(std::max(winner.attempt_count(), other.attempt_count()));
    if (other.has_last_payment_attempt_time())
        raise(*winner.mutable_last_payment_attempt_time(), other.last_payment_attempt_time());
    raise(*winner.mutable_update_time(), other.update_time());
}

bool merged_refetch_flag(const v1::Provenance& winner, const v1::Provenance& other) {
    if (!same_second_conflict(winner, other)) return winner.refetch_needed();
    return winner.refetch_needed() || other.refetch_needed() || winner.content_hash() != other.content_hash();
}

}  // namespace

bool same_second_conflict(const v1::Provenance& left, const v1::Provenance& right) {
    return left.rank() == right.rank() && left.event_time().seconds() == right.event_time().seconds();
}

std::strong_ordering compare(const v1::Provenance& left, const v1::Provenance& right) {
    if (const auto order = left.rank() <=> right.rank(); std::is_neq(order)) return order;
    if (const auto order = base::compare(left.event_time(), right.event_time()); std::is_neq(order)) return order;
    if (const auto order = left.event_id().compare(right.event_id()) <=> 0; std::is_neq(order)) return order;
    return left.content_hash().compare(right.content_hash()) <=> 0;
}

v1::Invoice merge(std::optional<v1::Invoice> row, v1::Invoice snapshot) {
    if (!row) return snapshot;
    const bool snapshot_wins = std::is_lt(compare(row->provenance(), snapshot.provenance()));
    auto& winner = snapshot_wins ? snapshot : *row;
    const auto& other = snapshot_wins ? *row : snapshot;
    const bool flag = merged_refetch_flag(winner.provenance(), other.provenance());
    raise_maximums(winner, other);
    winner.mutable_provenance()->set_refetch_needed(flag);
    return std::move(winner);
}

v1::EventOutcome::State outcome_of(const v1::Provenance& event, const std::optional<v1::Provenance>& before,
                                   const v1::Provenance& after) {
    if (after.refetch_needed() && same_second_conflict(event, after)) return v1::EventOutcome::NEEDS_REFETCH;
    if (!before || std::is_lt(compare(*before, event))) return v1::EventOutcome::APPLIED;
    return v1::EventOutcome::STALE;
}

}  // namespace quittance::invoice_store
