// Renders credit notes and their lines.
#include <boost/json/array.hpp>

#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

json::array refunds_of(const CreditNote& note) {
    json::array refunds;
    for (const auto& one : note.refunds) {
        json::value of_record = nullptr;
        if (one.payment_record) {
            of_record =
                json::object{{"payment_record", *one.payment_record}, {"refund_group", or_null(one.refund_group)}};
        }
        json::object refund{{"amount_refunded", one.amount}, {"payment_record_refund", std::move(of_record)}};
        if (one.refund) refund["refund"] = *one.refund;
        refund["type"] = one.refund ? "refund" : "payment_record_refund";
        refunds.push_back(std::move(refund));
    }
    return refunds;
}

// Basil changed two members: `refund` became a list of refunds, `tax_amounts` became `total_taxes`.
void add_moved_members(json::object& out, const CreditNote& note, Shape shape) {
    out["pretax_credit_amounts"] = json::array{};
    if (is_before_basil(shape)) {
        const bool one = !note.refunds.empty() && note.refunds.front().refund;
        out["refund"] = one ? json::value(*note.refunds.front().refund) : json::value(nullptr);
        out["tax_amounts"] = json::array{};
        return;
    }
    out["refunds"] = refunds_of(note);
    out["total_taxes"] = json::array{};
    out["pre_payment_amount"] = note.pre_payment_amount;
    out["post_payment_amount"] = note.post_payment_amount;
}

// Before basil there was no word for both.
std::string_view type_of(const CreditNote& note, Shape shape) {
    if (note.post_payment_amount == 0) return "pre_payment";
    return note.pre_payment_amount == 0 || is_before_basil(shape) ? "post_payment" : "mixed";
}

json::object render_line(const Account& account, const CreditNoteLine& line, Shape shape) {
    json::object out{
        {"id", line.id},
        {"object", "credit_note_line_item"},
        {"amount", line.amount},
    };
    if (is_before_basil(shape)) out["amount_excluding_tax"] = line.amount;
    out["description"] = or_null(line.description);
    out["discount_amount"] = 0;
    out["discount_amounts"] = json::array{};
    if (line.invoice_line) out["invoice_line_item"] = *line.invoice_line;
    out["livemode"] = account.settings.livemode;
    if (!is_before_basil(shape)) out["metadata"] = json::object{};
    out["pretax_credit_amounts"] = json::array{};
    out["quantity"] = or_null(line.quantity);
    if (is_before_basil(shape)) out["tax_amounts"] = json::array{};
    out["tax_rates"] = json::array{};
    if (!is_before_basil(shape)) out["taxes"] = json::array{};
    out["type"] = line.invoice_line ? "invoice_line_item" : "custom_line_item";
    out["unit_amount"] = nullptr;
    if (line.unit_amount_decimal && line.unit_amount_decimal->find('.') == std::string::npos)
        out["unit_amount"] = json::value(std::stoll(*line.unit_amount_decimal));
    out["unit_amount_decimal"] = or_null(line.unit_amount_decimal);
    if (is_before_basil(shape)) out["unit_amount_excluding_tax"] = or_null(line.unit_amount_decimal);
    return out;
}

}  // namespace

json::object render(const Account& account, const CreditNote& note, Shape shape) {
    const auto url = "/v1/credit_notes/" + note.id + "/lines";
    const auto* mode = account.settings.livemode ? "/live_" : "/test_";
    const auto pdf = "https://pay.stripe.com/credit_notes/" + account.settings.id + mode + note.id + "/pdf?s=ap";
    json::array lines;
    for (const auto& line : note.lines) lines.push_back(render_line(account, line, shape));
    json::object out{
        {"id", note.id},
        {"object", "credit_note"},
        {"amount", note.amount},
        {"amount_shipping", 0},
        {"created", note.created},
        {"currency", note.currency},
        {"customer", note.customer},
        {"customer_account", nullptr},
        {"customer_balance_transaction", nullptr},
        {"discount_amount", 0},
        {"discount_amounts", json::array{}},
        {"effective_at", or_null(note.effective_at)},
        {"invoice", note.invoice},
        {"lines", render_list(std::move(lines), false, url)},
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
        {"type", type_of(note, shape)},
        {"voided_at", or_null(note.voided_at)},
    };
    add_moved_members(out, note, shape);
    return out;
}

}  // namespace quittance::stripe_emulator
