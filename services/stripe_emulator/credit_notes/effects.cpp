// What a credit note does to its invoice, to the customer's balance and to the charges. The invoice's amounts change,
// its lines do not.
#include <algorithm>
#include <cstdio>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/billing/payments.hpp"
#include "stripe_emulator/credit_notes/credit_notes.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

std::string next_number(Invoice& invoice) {
    char digits[24];
    std::snprintf(digits, sizeof digits, "-CN-%02d", ++invoice.credit_notes);
    return invoice.number.value_or("") + digits;
}

// The customer's balance: negative is credit.
void move_balance(Account& account, const Cause& cause, const CreditNote& note, std::int64_t amount) {
    if (amount == 0) return;
    auto& customer = *account.customers.find(note.customer);
    const auto before = snapshot(account, customer);
    customer.balance += amount;
    emit_customer_updated(account, cause, customer, before);
}

// What one payment of the invoice can still give back.
std::int64_t refundable_of(const Account& account, const InvoicePayment& payment) {
    if (payment.status != "paid" || !payment.payment_intent) return 0;
    const auto& intent = *account.payment_intents.find(*payment.payment_intent);
    const auto* charge = intent.latest_charge ? account.charges.find(*intent.latest_charge) : nullptr;
    if (charge == nullptr) return 0;
    const auto left = refundable(*charge);
    return left ? std::min(*left, *payment.amount_paid) : 0;
}

void make_refunds(Account& account, const Cause& cause, CreditNote& note, const Invoice& invoice) {
    auto left = note.refund_amount;
    for (auto id = invoice.payments.rbegin(); id != invoice.payments.rend() && left > 0; ++id) {
        const auto& payment = *account.invoice_payments.find(*id);
        const auto part = std::min(left, refundable_of(account, payment));
        if (part == 0) continue;
        const auto& intent = *account.payment_intents.find(*payment.payment_intent);
        auto& charge = *account.charges.find(*intent.latest_charge);
        CreditNoteRefund made;
        made.amount = part;
        made.refund = make_refund(account, cause, charge, part, std::nullopt, {}).id;
        note.refunds.push_back(std::move(made));
        left -= part;
    }
}

}  // namespace

std::int64_t refundable_of(const Account& account, const Invoice& invoice) {
    std::int64_t sum = 0;
    for (const auto& id : invoice.payments) sum += refundable_of(account, *account.invoice_payments.find(id));
    return sum;
}

void emit_note(Account& account, const Cause& cause, std::string_view type, const CreditNote& note) {
    emit(account, cause, type, [&](Shape shape) { return render(account, note, shape); });
}

CreditNote& issue(Account& account, const Cause& cause, CreditNote wanted, Invoice& invoice) {
    wanted.number = next_number(invoice);
    auto& note = account.credit_notes.add(std::move(wanted));
    const auto before = snapshot(account, invoice);
    invoice.pre_payment_notes += note.pre_payment_amount;
    invoice.post_payment_notes += note.post_payment_amount;
    const bool settles =
        note.pre_payment_amount > 0 && amount_to_pay(invoice) == 0 && invoice.status == InvoiceStatus::kOpen;
    if (settles) pay_by_credit_note(account, cause, invoice);
    follow_amount(account, invoice);
    make_refunds(account, cause, note, invoice);
    move_balance(account, cause, note, -note.credit_amount);
    emit_note(account, cause, "credit_note.created", note);
    emit_invoice_updated(account, cause, invoice, before);
    if (settles) emit_invoice(account, cause, "invoice.paid", invoice);
    return note;
}

void take_back(Account& account, const Cause& cause, CreditNote& note, Invoice& invoice) {
    const auto before = snapshot(account, invoice);
    note.voided_at = cause.now.unix_seconds;
    invoice.pre_payment_notes -= note.pre_payment_amount;
    invoice.post_payment_notes -= note.post_payment_amount;
    follow_amount(account, invoice);
    move_balance(account, cause, note, note.credit_amount);
    emit_note(account, cause, "credit_note.voided", note);
    emit_invoice_updated(account, cause, invoice, before);
}

}  // namespace quittance::stripe_emulator
