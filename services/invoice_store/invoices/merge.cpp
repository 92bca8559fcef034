#include "invoice_store/invoices/merge.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/timestamps.hpp"
#include "invoice_store/invoices/snapshot.hpp"

namespace quittance::invoice_store {
namespace {

using google::protobuf::Timestamp;

// A furthest_key holds the second in its lower bits: the year 9999 needs 38 of them.
constexpr int kSecondBits = 40;

enum class Stage : std::uint8_t { kDraft, kDeleted, kFinalised };

Stage stage_of(const v1::Provenance& provenance) {
    if (provenance.rank() == kDraftRank) return Stage::kDraft;
    return provenance.rank() == kDeletedRank ? Stage::kDeleted : Stage::kFinalised;
}

void raise(Timestamp& time, const Timestamp& other) {
    if (std::is_lt(base::compare(time, other))) time = other;
}

// Raises the fields that only grow.
void raise_maximums(v1::Invoice& winner, const v1::Invoice& other) {
    if (other.has_last_payment_attempt_time())
        raise(*winner.mutable_last_payment_attempt_time(), other.last_payment_attempt_time());
    raise(*winner.mutable_update_time(), other.update_time());
    auto& provenance = *winner.mutable_provenance();
    const auto& others = other.provenance();
    if (others.has_answer_time()) raise(*provenance.mutable_answer_time(), others.answer_time());
    set_furthest(std::max(furthest_key(provenance), furthest_key(others)), provenance);
}

// When the payment was named that the invoice names. 0: it names none.
std::int64_t named_second(const v1::Invoice& invoice) {
    if (invoice.payment_intent_id().empty() && invoice.charge_id().empty()) return 0;
    return invoice.payments().empty() ? invoice.provenance().event_time().seconds()
                                      : invoice.payments(0).create_time().seconds();
}

void keep_named_payment(v1::Invoice& winner, const v1::Invoice& other) {
    const auto key = [](const v1::Invoice& invoice) {
        return std::tuple(named_second(invoice), std::string_view(invoice.payment_intent_id()),
                          std::string_view(invoice.charge_id()));
    };
    const auto second = std::max(named_second(winner), named_second(other));
    if (key(winner) < key(other)) {
        winner.set_payment_intent_id(other.payment_intent_id());
        winner.set_charge_id(other.charge_id());
    }
    winner.clear_payments();
    if (second > 0 && second != winner.provenance().event_time().seconds())
        winner.add_payments()->mutable_create_time()->set_seconds(second);
}

bool merged_contest(const v1::Provenance& winner, const v1::Provenance& other) {
    if (!same_second_conflict(winner, other)) return winner.contested();
    return winner.contested() || other.contested() || winner.content_hash() != other.content_hash();
}

bool gives_furthest(const v1::Provenance& event, const v1::Provenance& row) {
    return event.rank() == row.furthest_rank() && event.event_time().seconds() == row.furthest_time().seconds();
}

}  // namespace

std::strong_ordering compare(const v1::Provenance& left, const v1::Provenance& right) {
    if (const auto order = stage_of(left) <=> stage_of(right); std::is_neq(order)) return order;
    if (const auto order = base::compare(left.event_time(), right.event_time()); std::is_neq(order)) return order;
    if (left.begins_stage() != right.begins_stage())
        return left.begins_stage() ? std::strong_ordering::less : std::strong_ordering::greater;
    if (const auto order = left.rank() <=> right.rank(); std::is_neq(order)) return order;
    if (const auto order = left.event_id().compare(right.event_id()) <=> 0; std::is_neq(order)) return order;
    return left.content_hash().compare(right.content_hash()) <=> 0;
}

bool same_second_conflict(const v1::Provenance& left, const v1::Provenance& right) {
    return stage_of(left) == stage_of(right) && left.begins_stage() == right.begins_stage() &&
           std::is_eq(base::compare(left.event_time(), right.event_time()));
}

bool taken_back(const v1::Provenance& provenance) {
    if (stage_of(provenance) != Stage::kFinalised || provenance.furthest_rank() <= provenance.rank()) return false;
    return !provenance.has_answer_time() ||
           std::is_lteq(base::compare(provenance.answer_time(), provenance.furthest_time()));
}

bool in_doubt(const v1::Provenance& provenance) {
    return provenance.contested() || taken_back(provenance);
}

std::int64_t furthest_key(const v1::Provenance& provenance) {
    return (std::int64_t{provenance.furthest_rank()} << kSecondBits) | provenance.furthest_time().seconds();
}

void set_furthest(std::int64_t key, v1::Provenance& provenance) {
    if (key == 0) return;
    provenance.set_furthest_rank(static_cast<std::int32_t>(key >> kSecondBits));
    provenance.mutable_furthest_time()->set_seconds(key & ((std::int64_t{1} << kSecondBits) - 1));
}

v1::Invoice merge(std::optional<v1::Invoice> row, v1::Invoice snapshot) {
    if (!row) return snapshot;
    const bool snapshot_wins = std::is_lt(compare(row->provenance(), snapshot.provenance()));
    auto& winner = snapshot_wins ? snapshot : *row;
    const auto& other = snapshot_wins ? *row : snapshot;
    const bool contested = merged_contest(winner.provenance(), other.provenance());
    raise_maximums(winner, other);
    keep_named_payment(winner, other);
    auto& provenance = *winner.mutable_provenance();
    provenance.set_contested(contested);
    provenance.set_refetch_needed(in_doubt(provenance));
    return std::move(winner);
}

v1::EventOutcome::State outcome_of(const v1::Provenance& event, const std::optional<v1::Provenance>& before,
                                   const v1::Provenance& after) {
    const bool party_to_contest = after.contested() && same_second_conflict(event, after);
    const bool party_to_taking_back =
        taken_back(after) && (gives_furthest(event, after) || same_second_conflict(event, after));
    if (party_to_contest || party_to_taking_back) return v1::EventOutcome::NEEDS_REFETCH;
    if (!before || std::is_lt(compare(*before, event))) return v1::EventOutcome::APPLIED;
    return v1::EventOutcome::STALE;
}

}  // namespace quittance::invoice_store
