// The calls for disputes. Payers open disputes, so only a control route can; clients read them.
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/operations/operations.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::array<std::string_view, 6> kOpenWords{"needs_response",         "under_review",
                                                     "warning_needs_response", "warning_under_review",
                                                     "appeal_needs_response",  "appeal_under_review"};
constexpr std::array<std::string_view, 4> kClosedWords{"won", "lost", "warning_closed", "prevented"};

template <class Words>
bool contains(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// An inquiry, or a dispute that was prevented: neither holds money back.
bool moves_no_money(const Dispute& dispute) {
    return dispute.status.starts_with("warning_") || dispute.status == "prevented";
}

Result<Charge*> charge_of(Account& account, const json::object& wish) {
    auto charge_id = text_of(wish, "charge");
    if (const auto invoice_id = text_of(wish, "invoice"); invoice_id && !charge_id) {
        const auto* invoice = account.invoices.find(*invoice_id);
        if (invoice == nullptr) return no_such_parameter("invoice", *invoice_id, "invoice");
        if (!invoice->charge) return invalid_request("This invoice was not paid by a charge.", "invoice");
        charge_id = invoice->charge;
    }
    if (!charge_id) return parameter_missing("charge");
    auto* charge = account.charges.find(*charge_id);
    if (charge == nullptr) return no_such_parameter("charge", *charge_id, "charge");
    if (!charge->captured) return invalid_request("A charge that did not succeed cannot be disputed.", "charge");
    return charge;
}

void emit_dispute(Account& account, const Cause& cause, std::string_view type, const Dispute& dispute) {
    emit(account, cause, type, [&](Shape) { return render(account, dispute); });
}

Dispute& open_dispute(Account& account, const Cause& cause, Charge& charge, std::int64_t amount, std::string status,
                      std::string reason) {
    Dispute dispute;
    dispute.id = account.ids.timed("dp_1", cause.now.unix_seconds);
    dispute.created = cause.now.unix_seconds;
    dispute.amount = amount;
    dispute.currency = charge.currency;
    dispute.charge = charge.id;
    dispute.payment_intent = charge.payment_intent;
    dispute.reason = std::move(reason);
    dispute.status = std::move(status);
    charge.disputed = true;
    auto& kept = account.disputes.add(std::move(dispute));
    emit_dispute(account, cause, "charge.dispute.created", kept);
    if (!moves_no_money(kept)) emit_dispute(account, cause, "charge.dispute.funds_withdrawn", kept);
    return kept;
}

void end_dispute(Account& account, const Cause& cause, Dispute& dispute, const std::string& status) {
    dispute.status = status;
    account.charges.find(dispute.charge)->disputed = status == "lost";
    emit_dispute(account, cause, "charge.dispute.closed", dispute);
    if (status == "won") emit_dispute(account, cause, "charge.dispute.funds_reinstated", dispute);
}

// The newest dispute of that charge.
Dispute* dispute_of(Account& account, const Charge& charge) {
    auto& rows = account.disputes.rows();
    const auto found =
        std::find_if(rows.rbegin(), rows.rend(), [&](const Dispute& row) { return row.charge == charge.id; });
    return found == rows.rend() ? nullptr : &*found;
}

}  // namespace

Result<json::object> move_dispute(Account& account, const Cause& cause, const json::object& wish) {
    const auto charge = charge_of(account, wish);
    if (!charge) return charge.error();
    const auto status = text_of(wish, "status").value_or("needs_response");
    const bool closes = contains(kClosedWords, status);
    if (!closes && !contains(kOpenWords, status)) return invalid_request("No such status of a dispute.", "status");
    auto* dispute = dispute_of(account, **charge);
    const bool is_open = dispute != nullptr && contains(kOpenWords, dispute->status);
    // An appeal is of a dispute that was lost. The money stays away until it is won.
    const bool appeals = status.starts_with("appeal_");
    const bool can_appeal = dispute != nullptr && (dispute->status == "lost" || dispute->status.starts_with("appeal_"));
    if (appeals && !can_appeal) return invalid_request("Only a lost dispute can be appealed.", "status");
    if (appeals || (is_open && !closes)) {
        const bool escalates = moves_no_money(*dispute);
        dispute->status = status;
        emit_dispute(account, cause, "charge.dispute.updated", *dispute);
        if (escalates && !moves_no_money(*dispute))
            emit_dispute(account, cause, "charge.dispute.funds_withdrawn", *dispute);
        return render(account, *dispute);
    }
    if (!is_open) {
        const auto left = (*charge)->amount - (*charge)->amount_refunded;
        const auto amount = integer_of(wish, "amount").value_or(left);
        if (amount < 1 || amount > left)
            return invalid_request("A dispute is over 1 to what was not refunded.", "amount");
        const std::string first = !closes                      ? status
                                  : status == "warning_closed" ? "warning_needs_response"
                                  : status == "prevented"      ? "prevented"
                                                               : "needs_response";
        dispute = &open_dispute(account, cause, **charge, amount, first, text_of(wish, "reason").value_or("general"));
    }
    if (closes) end_dispute(account, cause, *dispute, status);
    return render(account, *dispute);
}

Result<json::object> update_dispute(Account& account, const Call& call) {
    auto* dispute = account.disputes.find(call.path[0]);
    if (dispute == nullptr) return no_such_in_path("dispute", call.path[0], "dispute");
    if (const auto* evidence = object_of(call.parameters, "evidence")) {
        for (const auto& [name, value] : *evidence) dispute->evidence[name] = value;
        if (boolean_of(call.parameters, "submit").value_or(true)) dispute->submitted = true;
    }
    if (auto applied = apply_metadata(call.parameters, "metadata", dispute->metadata); !applied) return applied.error();
    emit_dispute(account, call.cause, "charge.dispute.updated", *dispute);
    return render(account, *dispute);
}

// The account accepts the dispute as lost; an inquiry is over.
Result<json::object> close_dispute(Account& account, const Call& call) {
    auto* dispute = account.disputes.find(call.path[0]);
    if (dispute == nullptr) return no_such_in_path("dispute", call.path[0], "dispute");
    if (contains(kClosedWords, dispute->status)) return invalid_request("This dispute is already closed");
    end_dispute(account, call.cause, *dispute, moves_no_money(*dispute) ? "warning_closed" : "lost");
    return render(account, *dispute);
}

Result<json::object> get_dispute(Account& account, const Call& call) {
    const auto* dispute = account.disputes.find(call.path[0]);
    if (dispute == nullptr) return no_such_in_path("dispute", call.path[0], "dispute");
    return render(account, *dispute);
}

Result<json::object> list_disputes(Account& account, const Call& call) {
    const auto& parameters = call.parameters;
    const auto wanted = [&](const Dispute& dispute) {
        return matches(parameters, "charge", dispute.charge) &&
               matches(parameters, "payment_intent", dispute.payment_intent) &&
               in_range(parameters, "created", dispute.created);
    };
    return list_page(account.disputes, call, "dispute", "/v1/disputes", wanted,
                     [&](const Dispute& dispute) { return render(account, dispute); });
}

}  // namespace quittance::stripe_emulator
