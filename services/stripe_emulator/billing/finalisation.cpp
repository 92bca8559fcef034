// Finalises a draft: the number, the frozen customer, the balance, the PaymentIntent. The invoice becomes open, or paid
// at once if the amount due is zero or below Stripe's minimum charge.
#include <algorithm>
#include <cstdio>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/billing/payments.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::size_t kLinkLength = 56;

std::string next_number(Customer& customer) {
    char digits[24];
    std::snprintf(digits, sizeof digits, "-%04lld", static_cast<long long>(customer.next_invoice_sequence++));
    return customer.invoice_prefix + digits;
}

// Applies the customer's balance. An amount below the minimum charge is not collected and stays on the balance.
void settle_balance(Invoice& invoice, Customer& customer) {
    const auto owed = invoice.total + customer.balance;
    invoice.starting_balance = customer.balance;
    invoice.amount_due = owed >= minimum_charge(invoice.currency) ? owed : 0;
    invoice.ending_balance = owed - invoice.amount_due;
    customer.balance = *invoice.ending_balance;
}

Result<void> check_total(Account& account, const Cause& cause, Invoice& invoice) {
    if (invoice.total <= kLargestAmount && invoice.total >= -kLargestAmount) return {};
    auto refused = invalid_request("Amount must be no more than 999999999999", {}, "amount_too_large");
    const auto before = snapshot(account, invoice);
    invoice.last_finalization_error = refused.error;
    emit_invoice(account, cause, "invoice.finalization_failed", invoice);
    emit_invoice_updated(account, cause, invoice, before);
    return refused;
}

}  // namespace

Result<void> finalise(Account& account, const Cause& cause, Invoice& invoice) {
    if (invoice.status != InvoiceStatus::kDraft) {
        return invalid_request("This invoice is already finalized, you can't re-finalize a non-draft invoice.");
    }
    if (auto fits = check_total(account, cause, invoice); !fits) return fits.error();
    auto& customer = *account.customers.find(invoice.customer);
    const auto before = snapshot(account, invoice);
    const auto customer_before = snapshot(account, customer);
    const auto now = cause.now.unix_seconds;

    invoice.frozen_identity = customer.identity;
    settle_balance(invoice, customer);
    if (!invoice.number) invoice.number = next_number(customer);
    invoice.status = InvoiceStatus::kOpen;
    invoice.finalized_at = now;
    if (!invoice.effective_at) invoice.effective_at = now;
    invoice.link_token = account.ids.plain("", kLinkLength);
    invoice.next_payment_attempt.reset();
    invoice.automatically_finalizes_at.reset();
    invoice.last_finalization_error = nullptr;
    if (invoice.amount_due > 0) {
        make_default_payment(account, cause, invoice);
        // An invoice that the clock finalised is collected at once; one that a client finalised, within the hour.
        if (!cause.request_id.empty()) invoice.collect_ms = cause.now.schedule_ms + kHourMs;
        plan(account, invoice);
        emit_invoice(account, cause, "invoice.finalized", invoice);
        emit_invoice_updated(account, cause, invoice, before);
    } else {
        // Seen on Stripe: this event says `open` while `paid`, `attempted` and `paid_at` are already set.
        invoice.paid = true;
        invoice.attempted = true;
        invoice.paid_at = now;
        invoice.auto_advance = false;
        emit_invoice(account, cause, "invoice.finalized", invoice);
        invoice.status = InvoiceStatus::kPaid;
        plan(account, invoice);
        emit_invoice_updated(account, cause, invoice, before);
        emit_invoice(account, cause, "invoice.paid", invoice);
    }
    // A new balance emits an event; the next invoice number does not.
    if (customer.balance != invoice.starting_balance) emit_customer_updated(account, cause, customer, customer_before);
    return {};
}

}  // namespace quittance::stripe_emulator
