// The calls for credit notes. Before the payment a note lowers the amount left to pay. After it, the amount goes back
// as a refund, as credit on the customer's balance or outside of Stripe. The invoice's amounts change, its lines do
// not.
#include <boost/json/array.hpp>
#include <cstdio>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/operations/operations.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

std::string next_number(Invoice& invoice) {
    char digits[24];
    std::snprintf(digits, sizeof digits, "-CN-%02d", ++invoice.credit_notes);
    return invoice.number.value_or("") + digits;
}

// The sum of the three ways of giving money back; each is 0 or more.
Result<void> read_ways_back(const json::object& parameters, CreditNote& note) {
    const std::pair<const char*, std::int64_t CreditNote::*> ways[] = {
        {"refund_amount", &CreditNote::refund_amount},
        {"credit_amount", &CreditNote::credit_amount},
        {"out_of_band_amount", &CreditNote::out_of_band_amount}};
    for (const auto& [name, member] : ways) {
        note.*member = integer_of(parameters, name).value_or(0);
        if (note.*member < 0 || note.*member > kLargestAmount)
            return parameter_invalid(name, "Invalid non-negative integer", "parameter_invalid_integer");
    }
    return {};
}

Result<void> check_amount(const CreditNote& note, std::int64_t most) {
    if (note.amount <= most) return {};
    return invalid_request("The credit note's amount (" + std::to_string(note.amount) +
                               ") is greater than what the invoice has left to credit (" + std::to_string(most) + ").",
                           "amount");
}

Result<void> check_pre_payment(const CreditNote& note, const Invoice& invoice) {
    if (note.refund_amount + note.credit_amount + note.out_of_band_amount != 0) {
        return invalid_request("A credit note for an open invoice gives nothing back: it reduces what is due.");
    }
    return check_amount(note, amount_to_pay(invoice));
}

Result<void> check_post_payment(Account& account, const CreditNote& note, const Invoice& invoice) {
    if (note.refund_amount + note.credit_amount + note.out_of_band_amount != note.amount) {
        return invalid_request(
            "The sum of credit amount, refund amount and out of band amount must equal the credit note amount.");
    }
    if (auto fits = check_amount(note, invoice.amount_paid - invoice.post_payment_notes); !fits) return fits.error();
    if (note.refund_amount == 0) return {};
    const auto* charge = invoice.charge ? account.charges.find(*invoice.charge) : nullptr;
    if (charge == nullptr) return invalid_request("This invoice has no charge to refund.", "refund_amount");
    const auto most = refundable(*charge);
    if (!most) return most.error();
    if (note.refund_amount > *most)
        return invalid_request("The refund is greater than what the charge has left.", "refund_amount");
    return {};
}

Result<CreditNote> note_of(Account& account, const Call& call, const Invoice& invoice) {
    const auto& parameters = call.parameters;
    CreditNote note;
    const auto amount = integer_of(parameters, "amount");
    if (!amount) return parameter_missing("amount");
    if (*amount < 1) return parameter_invalid("amount", "Invalid positive integer", "parameter_invalid_integer");
    note.amount = *amount;
    note.id = account.ids.timed("cn_1", call.cause.now.unix_seconds);
    note.created = call.cause.now.unix_seconds;
    note.invoice = invoice.id;
    note.customer = invoice.customer;
    note.currency = invoice.currency;
    note.pre_payment = invoice.status != InvoiceStatus::kPaid;
    note.memo = text_of(parameters, "memo");
    note.reason = text_of(parameters, "reason");
    note.effective_at = integer_of(parameters, "effective_at");
    if (!note.effective_at) note.effective_at = note.created;
    if (auto applied = apply_metadata(parameters, "metadata", note.metadata); !applied) return applied.error();
    if (auto ways = read_ways_back(parameters, note); !ways) return ways.error();
    auto fits = note.pre_payment ? check_pre_payment(note, invoice) : check_post_payment(account, note, invoice);
    if (!fits) return fits.error();
    return note;
}

// The customer's balance: negative is credit.
void move_balance(Account& account, const Cause& cause, const CreditNote& note, std::int64_t amount) {
    if (amount == 0) return;
    auto& customer = *account.customers.find(note.customer);
    const auto before = snapshot(account, customer);
    customer.balance += amount;
    emit_customer_updated(account, cause, customer, before);
}

// The amount of an unpaid invoice's PaymentIntent follows the amount left to pay.
void follow_amount(Account& account, const Invoice& invoice) {
    if (!invoice.payment_intent) return;
    account.payment_intents.find(*invoice.payment_intent)->amount = amount_to_pay(invoice);
    account.invoice_payments.find(*invoice.invoice_payment)->amount_requested = amount_to_pay(invoice);
}

void emit_note(Account& account, const Cause& cause, std::string_view type, const CreditNote& note) {
    emit(account, cause, type, [&](Shape shape) { return render(account, note, shape); });
}

void issue_pre_payment(Account& account, const Cause& cause, CreditNote& note, Invoice& invoice) {
    const auto before = snapshot(account, invoice);
    invoice.pre_payment_notes += note.amount;
    const bool settled = amount_to_pay(invoice) == 0 && invoice.status == InvoiceStatus::kOpen;
    if (settled) {
        pay_by_credit_note(account, cause, invoice);
    } else {
        follow_amount(account, invoice);
    }
    emit_note(account, cause, "credit_note.created", note);
    emit_invoice_updated(account, cause, invoice, before);
    if (settled) emit_invoice(account, cause, "invoice.paid", invoice);
}

void issue_post_payment(Account& account, const Cause& cause, CreditNote& note, Invoice& invoice) {
    const auto before = snapshot(account, invoice);
    invoice.post_payment_notes += note.amount;
    if (note.refund_amount > 0) {
        auto& charge = *account.charges.find(*invoice.charge);
        note.refund = make_refund(account, cause, charge, note.refund_amount, std::nullopt, {}).id;
    }
    move_balance(account, cause, note, -note.credit_amount);
    emit_note(account, cause, "credit_note.created", note);
    emit_invoice_updated(account, cause, invoice, before);
}

}  // namespace

Result<json::object> create_credit_note(Account& account, const Call& call) {
    const auto id = text_of(call.parameters, "invoice").value_or("");
    auto* invoice = account.invoices.find(id);
    if (invoice == nullptr || invoice->status == InvoiceStatus::kDeleted)
        return no_such_parameter("invoice", id, "invoice");
    const bool creditable = invoice->status == InvoiceStatus::kOpen || invoice->status == InvoiceStatus::kPaid ||
                            invoice->status == InvoiceStatus::kUncollectible;
    if (!creditable) return invalid_request("Credit notes are for finalized invoices that are not void.", "invoice");
    auto made = note_of(account, call, *invoice);
    if (!made) return made.error();
    made->number = next_number(*invoice);
    auto& note = account.credit_notes.add(*std::move(made));
    if (note.pre_payment) {
        issue_pre_payment(account, call.cause, note, *invoice);
    } else {
        issue_post_payment(account, call.cause, note, *invoice);
    }
    return render(account, note, call.shape);
}

Result<json::object> get_credit_note(Account& account, const Call& call) {
    const auto* note = account.credit_notes.find(call.path[0]);
    if (note == nullptr) return no_such_in_path("credit_note", call.path[0], "id");
    return render(account, *note, call.shape);
}

Result<json::object> void_credit_note(Account& account, const Call& call) {
    auto* note = account.credit_notes.find(call.path[0]);
    if (note == nullptr) return no_such_in_path("credit_note", call.path[0], "id");
    auto& invoice = *account.invoices.find(note->invoice);
    if (note->voided_at) return invalid_request("This credit note has already been voided.");
    if (note->refund) return invalid_request("A credit note with a refund cannot be voided.");
    const bool open = invoice.status == InvoiceStatus::kOpen || invoice.status == InvoiceStatus::kUncollectible;
    if (note->pre_payment && !open) return invalid_request("The credit note's invoice is no longer open.");
    const auto before = snapshot(account, invoice);
    note->voided_at = call.cause.now.unix_seconds;
    if (note->pre_payment) {
        invoice.pre_payment_notes -= note->amount;
        follow_amount(account, invoice);
    } else {
        invoice.post_payment_notes -= note->amount;
        move_balance(account, call.cause, *note, note->credit_amount);
    }
    emit_note(account, call.cause, "credit_note.voided", *note);
    emit_invoice_updated(account, call.cause, invoice, before);
    return render(account, *note, call.shape);
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
