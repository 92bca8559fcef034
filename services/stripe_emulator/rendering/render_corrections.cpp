// Renders refunds and disputes.
#include <boost/json/array.hpp>

#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::int64_t kEvidenceSeconds = 10 * 86'400;

json::object evidence_of(const Dispute& dispute) {
    json::object evidence;
    for (const auto* name : {"access_activity_log",
                             "billing_address",
                             "cancellation_policy",
                             "cancellation_policy_disclosure",
                             "cancellation_rebuttal",
                             "customer_communication",
                             "customer_email_address",
                             "customer_name",
                             "customer_purchase_ip",
                             "customer_signature",
                             "duplicate_charge_documentation",
                             "duplicate_charge_explanation",
                             "duplicate_charge_id",
                             "product_description",
                             "receipt",
                             "refund_policy",
                             "refund_policy_disclosure",
                             "refund_refusal_explanation",
                             "service_date",
                             "service_documentation",
                             "shipping_address",
                             "shipping_carrier",
                             "shipping_date",
                             "shipping_documentation",
                             "shipping_tracking_number",
                             "uncategorized_file",
                             "uncategorized_text"}) {
        evidence[name] = nullptr;
    }
    evidence["enhanced_evidence"] = json::object{};
    for (const auto& [name, value] : dispute.evidence) evidence[name] = value;
    return evidence;
}

}  // namespace

json::object render(const Account& account, const Refund& refund) {
    const auto& charge = *account.charges.find(refund.charge);
    json::object out{
        {"id", refund.id},
        {"object", "refund"},
        {"amount", refund.amount},
        {"balance_transaction", nullptr},
        {"charge", refund.charge},
        {"created", refund.created},
        {"currency", refund.currency},
        {"customer", or_null(charge.customer)},
        {"customer_account", nullptr},
        {"destination_details", {{"card", {{"type", "refund"}}}, {"type", "card"}}},
    };
    if (refund.failure_reason) out["failure_reason"] = *refund.failure_reason;
    out["metadata"] = refund.metadata;
    out["payment_intent"] = or_null(refund.payment_intent);
    out["payment_method"] = or_null(charge.payment_method);
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
        {"enhanced_eligibility_types", json::array{}},
        {"evidence", evidence_of(dispute)},
        {"evidence_details",
         {{"due_by", dispute.created + kEvidenceSeconds},
          {"enhanced_eligibility", json::object{}},
          {"has_evidence", !dispute.evidence.empty()},
          {"past_due", false},
          {"submission_count", dispute.submitted ? 1 : 0},
          {"submission_method", "manual"}}},
        {"intended_submission_method", nullptr},
        {"is_charge_refundable", false},
        {"livemode", account.settings.livemode},
        {"metadata", dispute.metadata},
        {"payment_intent", or_null(dispute.payment_intent)},
        {"reason", dispute.reason},
        {"status", dispute.status},
    };
}

}  // namespace quittance::stripe_emulator
