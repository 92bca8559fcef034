// Renders refunds and disputes.
#include <boost/json/array.hpp>

#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::int64_t kEvidenceSeconds = 10 * 86'400;

}  // namespace

json::object render(const Account&, const Refund& refund) {
    json::object out{
        {"id", refund.id},
        {"object", "refund"},
        {"amount", refund.amount},
        {"balance_transaction", nullptr},
        {"charge", refund.charge},
        {"created", refund.created},
        {"currency", refund.currency},
        {"destination_details", {{"card", {{"type", "refund"}}}, {"type", "card"}}},
    };
    if (refund.failure_reason) out["failure_reason"] = *refund.failure_reason;
    out["metadata"] = refund.metadata;
    out["payment_intent"] = or_null(refund.payment_intent);
    out["reason"] = or_null(refund.reason);
    out["receipt_number"] = nullptr;
    out["source_transfer_reversal"] = nullptr;
    out["status"] = refund.status;
    out["transfer_reversal"] = nullptr;
    return out;
}

json::object render(const Account& account, const Dispute& dispute) {
    return {
        {"id", dispute.id},
        {"object", "dispute"},
        {"amount", dispute.amount},
        {"balance_transactions", json::array{}},
        {"charge", dispute.charge},
        {"created", dispute.created},
        {"currency", dispute.currency},
        {"evidence", dispute.evidence},
        {"evidence_details",
         {{"due_by", dispute.created + kEvidenceSeconds},
          {"has_evidence", !dispute.evidence.empty()},
          {"past_due", false},
          {"submission_count", dispute.submitted ? 1 : 0}}},
        {"is_charge_refundable", false},
        {"livemode", account.settings.livemode},
        {"metadata", dispute.metadata},
        {"payment_intent", or_null(dispute.payment_intent)},
        {"reason", dispute.reason},
        {"status", dispute.status},
    };
}

}  // namespace quittance::stripe_emulator
