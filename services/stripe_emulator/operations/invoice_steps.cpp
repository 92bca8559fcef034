// The calls that change an invoice's status: finalise, pay, void, write off, send. This file has the rules of each
// call; the effects are in finalisation.cpp and collection.cpp.
#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/billing/payments.hpp"
#include "stripe_emulator/operations/operations.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

Refusal not_open() {
    return invalid_request("You can only pass in open invoices. This invoice isn't open.");
}

Result<void> check_payable(const Invoice& invoice) {
    switch (invoice.status) {
        case InvoiceStatus::kPaid:
            return invalid_request("Invoice is already paid");
        case InvoiceStatus::kVoid:
            return invalid_request("Invoice is void and can no longer be paid.");
        default:
            return {};
    }
}

// Ends an unpaid invoice: `status` is void or uncollectible.
void close(Account& account, const Call& call, Invoice& invoice, InvoiceStatus status, std::string_view event) {
    const auto before = snapshot(account, invoice);
    auto& moment = status == InvoiceStatus::kVoid ? invoice.voided_at : invoice.marked_uncollectible_at;
    moment = call.cause.now.unix_seconds;
    invoice.status = status;
    invoice.auto_advance = false;
    invoice.next_payment_attempt.reset();
    invoice.collect_ms.reset();
    plan(account, invoice);
    if (status == InvoiceStatus::kVoid) cancel_payments(account, call.cause, invoice);
    emit_invoice_updated(account, call.cause, invoice, before);
    emit_invoice(account, call.cause, event, invoice);
}

}  // namespace

Result<json::object> finalize_invoice(Account& account, const Call& call) {
    const auto found = invoice_in_path(account, call, "id");
    if (!found) return found.error();
    auto& invoice = **found;
    const auto advance = boolean_of(call.parameters, "auto_advance");
    const auto before = invoice.auto_advance;
    if (advance && invoice.status == InvoiceStatus::kDraft) invoice.auto_advance = *advance;
    if (auto finalised = finalise(account, call.cause, invoice); !finalised) {
        invoice.auto_advance = before;
        return finalised.error();
    }
    return render(account, invoice, call.shape);
}

Result<json::object> pay_invoice(Account& account, const Call& call) {
    const auto found = invoice_in_path(account, call, "id");
    if (!found) return found.error();
    auto& invoice = **found;
    if (call.parameters.contains("source"))
        return no_such_parameter("source", text_of(call.parameters, "source").value_or(""), "source");
    if (auto payable = check_payable(invoice); !payable) return payable.error();
    const auto method = text_of(call.parameters, "payment_method");
    if (method) {
        if (auto attached = check_attached(account, invoice, *method, "payment_method"); !attached)
            return attached.error();
    }
    if (invoice.status == InvoiceStatus::kDraft) {
        if (auto finalised = finalise(account, call.cause, invoice); !finalised) return finalised.error();
        if (invoice.status == InvoiceStatus::kPaid) return render(account, invoice, call.shape);
    }
    if (boolean_of(call.parameters, "paid_out_of_band").value_or(false)) {
        pay_out_of_band(account, call.cause, invoice);
    } else if (auto collected = collect(account, call.cause, invoice, method, false); !collected) {
        return collected.error();
    }
    return render(account, invoice, call.shape);
}

Result<json::object> void_invoice(Account& account, const Call& call) {
    const auto found = invoice_in_path(account, call, "id");
    if (!found) return found.error();
    auto& invoice = **found;
    if (invoice.status == InvoiceStatus::kPaid || invoice.amount_paid > 0)
        return invalid_request("Invoices with `paid` payments cannot be voided.");
    if (invoice.status != InvoiceStatus::kOpen && invoice.status != InvoiceStatus::kUncollectible) return not_open();
    close(account, call, invoice, InvoiceStatus::kVoid, "invoice.voided");
    return render(account, invoice, call.shape);
}

Result<json::object> mark_invoice_uncollectible(Account& account, const Call& call) {
    const auto found = invoice_in_path(account, call, "id");
    if (!found) return found.error();
    auto& invoice = **found;
    if (invoice.status == InvoiceStatus::kUncollectible) {
        return invalid_request("This invoice has already been marked uncollectible.");
    }
    if (invoice.status != InvoiceStatus::kOpen) return not_open();
    close(account, call, invoice, InvoiceStatus::kUncollectible, "invoice.marked_uncollectible");
    return render(account, invoice, call.shape);
}

Result<json::object> send_invoice(Account& account, const Call& call) {
    const auto found = invoice_in_path(account, call, "invoice");
    if (!found) return found.error();
    auto& invoice = **found;
    if (!invoice.send_invoice) {
        return invalid_request("You can only manually send an invoice if its collection method is 'send_invoice'.");
    }
    if (invoice.status == InvoiceStatus::kDraft) {
        if (auto finalised = finalise(account, call.cause, invoice); !finalised) return finalised.error();
    } else if (invoice.status != InvoiceStatus::kOpen) {
        return not_open();
    }
    emit_invoice(account, call.cause, "invoice.sent", invoice);
    return render(account, invoice, call.shape);
}

}  // namespace quittance::stripe_emulator
