// The join of two states of one invoice.
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

// The counters that only grow, whoever's snapshot stands.
void join_counters(v1::Invoice& standing, const v1::Invoice& other) {
    standing.set_attempt_count(std::max(standing.attempt_count(), other.attempt_count()));
    if (other.has_last_payment_attempt_time())
        raise(*standing.mutable_last_payment_attempt_time(), other.last_payment_attempt_time());
    raise(*standing.mutable_update_time(), other.update_time());
}

bool joined_flag(const v1::Provenance& standing, const v1::Provenance& other) {
    if (!same_second_conflict(standing, other)) return standing.refetch_needed();
    return standing.refetch_needed() || other.refetch_needed() || standing.content_hash() != other.content_hash();
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
    const bool snapshot_stands = std::is_lt(compare(row->provenance(), snapshot.provenance()));
    auto& standing = snapshot_stands ? snapshot : *row;
    const auto& other = snapshot_stands ? *row : snapshot;
    const bool flag = joined_flag(standing.provenance(), other.provenance());
    join_counters(standing, other);
    standing.mutable_provenance()->set_refetch_needed(flag);
    return std::move(standing);
}

v1::EventOutcome::State outcome_of(const v1::Provenance& event, const std::optional<v1::Provenance>& before,
                                   const v1::Provenance& after) {
    if (after.refetch_needed() && same_second_conflict(event, after)) return v1::EventOutcome::NEEDS_REFETCH;
    if (!before || std::is_lt(compare(*before, event))) return v1::EventOutcome::APPLIED;
    return v1::EventOutcome::STALE;
}

}  // namespace quittance::invoice_store
