// Renders the objects that give money back: refunds, disputes, credit notes.
#include <boost/json/array.hpp>

#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::int64_t kEvidenceSeconds = 10 * 86'400;

// Basil changed two members: `refund` became a list of refunds, `tax_amounts` became `total_taxes`.
void add_moved_members(json::object& out, const CreditNote& note, Shape shape) {
    if (shape == Shape::k2023) {
        out["refund"] = or_null(note.refund);
        out["tax_amounts"] = json::array{};
        return;
    }
    json::array refunds;
    if (note.refund) {
        refunds.push_back(json::object{{"amount_refunded", note.refund_amount},
                                       {"payment_record_refund", nullptr},
                                       {"refund", *note.refund},
                                       {"type", "refund"}});
    }
    out["refunds"] = std::move(refunds);
    out["total_taxes"] = json::array{};
    out["pre_payment_amount"] = note.pre_payment ? note.amount : 0;
    out["post_payment_amount"] = note.pre_payment ? 0 : note.amount;
}

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
    out["payment_intent"] = refund.payment_intent;
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
        {"evidence", json::object{}},
        {"evidence_details",
         {{"due_by", dispute.created + kEvidenceSeconds},
          {"has_evidence", false},
          {"past_due", false},
          {"submission_count", 0}}},
        {"is_charge_refundable", false},
        {"livemode", account.settings.livemode},
        {"metadata", json::object{}},
        {"payment_intent", dispute.payment_intent},
        {"reason", dispute.reason},
        {"status", dispute.status},
    };
}

json::object render(const Account& account, const CreditNote& note, Shape shape) {
    const auto url = "/v1/credit_notes/" + note.id + "/lines";
    const auto pdf = "https://pay.stripe.com/credit_notes/" + account.settings.id + "/test_" + note.id + "/pdf?s=ap";
    json::object out{
        {"id", note.id},
        {"object", "credit_note"},
        {"amount", note.amount},
        {"amount_shipping", 0},
        {"created", note.created},
        {"currency", note.currency},
        {"customer", note.customer},
        {"customer_balance_transaction", nullptr},
        {"discount_amount", 0},
        {"discount_amounts", json::array{}},
        {"effective_at", or_null(note.effective_at)},
        {"invoice", note.invoice},
        {"lines", render_list({}, false, url)},
        {"livemode", account.settings.livemode},
        {"memo", or_null(note.memo)},
        {"metadata", note.metadata},
        {"number", note.number},
        {"out_of_band_amount",
         note.out_of_band_amount == 0 ? json::value(nullptr) : json::value(note.out_of_band_amount)},
        {"pdf", pdf},
        {"reason", or_null(note.reason)},
        {"shipping_cost", nullptr},
        {"status", note.voided_at ? "void" : "issued"},
        {"subtotal", note.amount},
        {"subtotal_excluding_tax", note.amount},
        {"total", note.amount},
        {"total_excluding_tax", note.amount},
        {"type", note.pre_payment ? "pre_payment" : "post_payment"},
        {"voided_at", or_null(note.voided_at)},
    };
    add_moved_members(out, note, shape);
    return out;
}

}  // namespace quittance::stripe_emulator
