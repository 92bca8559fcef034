// The calls for credit notes.
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/credit_notes/credit_notes.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

Result<CreditNote*> note_in_path(Account& account, const Call& call) {
    auto* note = account.credit_notes.find(call.path[0]);
    if (note == nullptr) return no_such_in_path("credit_note", call.path[0], "id");
    return note;
}

Result<CreditNote> previewed(Account& account, const Call& call) {
    const auto invoice = creditable_invoice(account, call.parameters);
    if (!invoice) return invoice.error();
    return credit_note_of(account, call, **invoice);
}

// A note has a few lines at most, so one page holds them all.
json::object lines_of(const Account& account, const CreditNote& note, Shape shape, const std::string& url) {
    auto lines = render(account, note, shape).at("lines").as_object();
    lines["url"] = url;
    return lines;
}

}  // namespace

Result<json::object> create_credit_note(Account& account, const Call& call) {
    const auto invoice = creditable_invoice(account, call.parameters);
    if (!invoice) return invoice.error();
    auto made = credit_note_of(account, call, **invoice);
    if (!made) return made.error();
    return render(account, issue(account, call.cause, *std::move(made), **invoice), call.shape);
}

Result<json::object> preview_credit_note(Account& account, const Call& call) {
    const auto note = previewed(account, call);
    if (!note) return note.error();
    return render(account, *note, call.shape);
}

Result<json::object> preview_credit_note_lines(Account& account, const Call& call) {
    const auto note = previewed(account, call);
    if (!note) return note.error();
    return lines_of(account, *note, call.shape, "/v1/credit_notes/preview/lines");
}

Result<json::object> get_credit_note(Account& account, const Call& call) {
    const auto note = note_in_path(account, call);
    if (!note) return note.error();
    return render(account, **note, call.shape);
}

Result<json::object> list_credit_note_lines(Account& account, const Call& call) {
    const auto note = note_in_path(account, call);
    if (!note) return note.error();
    return lines_of(account, **note, call.shape, "/v1/credit_notes/" + (*note)->id + "/lines");
}

Result<json::object> update_credit_note(Account& account, const Call& call) {
    const auto note = note_in_path(account, call);
    if (!note) return note.error();
    auto changed = **note;
    set_text(call.parameters, "memo", changed.memo);
    if (auto applied = apply_metadata(call.parameters, "metadata", changed.metadata); !applied) return applied.error();
    Snapshot before;
    for (const auto shape : shapes_in_use(account)) before.emplace(shape, render(account, **note, shape));
    **note = std::move(changed);
    emit(
        account, call.cause, "credit_note.updated", [&](Shape shape) { return render(account, **note, shape); },
        &before);
    return render(account, **note, call.shape);
}

Result<json::object> void_credit_note(Account& account, const Call& call) {
    const auto found = note_in_path(account, call);
    if (!found) return found.error();
    auto& note = **found;
    auto& invoice = *account.invoices.find(note.invoice);
    if (note.voided_at) return invalid_request("This credit note has already been voided.");
    if (!note.refunds.empty()) return invalid_request("A credit note with a refund cannot be voided.");
    const bool open = invoice.status == InvoiceStatus::kOpen || invoice.status == InvoiceStatus::kUncollectible;
    if (note.pre_payment_amount > 0 && !open) return invalid_request("The credit note's invoice is no longer open.");
    take_back(account, call.cause, note, invoice);
    return render(account, note, call.shape);
}

Result<json::object> list_credit_notes(Account& account, const Call& call) {
    const auto& parameters = call.parameters;
    const auto wanted = [&](const CreditNote& note) {
        return matches(parameters, "invoice", note.invoice) && matches(parameters, "customer", note.customer) &&
               in_range(parameters, "created", note.created);
    };
    return list_page(account.credit_notes, call, "credit_note", "/v1/credit_notes", wanted,
                     [&](const CreditNote& note) { return render(account, note, call.shape); });
}

}  // namespace quittance::stripe_emulator
