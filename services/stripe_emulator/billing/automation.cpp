// Does the automatic steps of Stripe on the schedule clock. A draft with auto_advance is finalised an hour after all
// endpoints accepted invoice.created, and 72 hours after its creation at the latest. Open invoices are collected, and
// declined cards are retried.
#include <algorithm>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::int64_t kFinaliseAfterSeconds = 3600;
constexpr std::int64_t kWaitForAcceptanceMs = 72 * kHourMs;

std::int64_t finalise_due_ms(const Invoice& invoice) {
    const auto latest = invoice.created_ms + kWaitForAcceptanceMs;
    return invoice.accepted_ms ? std::min(*invoice.accepted_ms + kHourMs, latest) : latest;
}

OptionalInteger due_ms(const Invoice& invoice) {
    if (invoice.status == InvoiceStatus::kDraft && invoice.auto_advance) return finalise_due_ms(invoice);
    if (invoice.status == InvoiceStatus::kOpen && invoice.auto_advance) return invoice.collect_ms;
    return std::nullopt;
}

void finalise_automatically(Account& account, const Cause& cause, Invoice& invoice) {
    // A failure is reported by an event, and the draft stays. The clock does not retry.
    if (!finalise(account, cause, invoice) || invoice.status != InvoiceStatus::kOpen) return;
    if (invoice.send_invoice) {
        emit_invoice(account, cause, "invoice.sent", invoice);
        return;
    }
    // A refusal by the card is reported by events.
    static_cast<void>(collect(account, cause, invoice, std::nullopt, true).has_value());
}

void run_step(Account& account, const Cause& cause, Invoice& invoice) {
    if (invoice.status == InvoiceStatus::kDraft) return finalise_automatically(account, cause, invoice);
    invoice.collect_ms.reset();
    static_cast<void>(collect(account, cause, invoice, std::nullopt, true).has_value());
}

}  // namespace

void plan(Account& account, Invoice& invoice) {
    if (invoice.status == InvoiceStatus::kDraft) {
        const bool attempts = invoice.auto_advance && !invoice.send_invoice;
        invoice.next_payment_attempt =
            attempts ? OptionalInteger(invoice.created + kFinaliseAfterSeconds) : std::nullopt;
    } else if (invoice.status == InvoiceStatus::kOpen && (!invoice.auto_advance || invoice.send_invoice)) {
        invoice.collect_ms.reset();
        invoice.next_payment_attempt.reset();
    }
    if (const auto due = due_ms(invoice)) account.agenda.emplace(*due, invoice.id);
}

void run_agenda(Account& account, const Now& now) {
    while (!account.agenda.empty() && account.agenda.begin()->first <= now.schedule_ms) {
        const auto [due, id] = *account.agenda.begin();
        account.agenda.erase(account.agenda.begin());
        auto* invoice = account.invoices.find(id);
        // Entries are never removed early. One that no longer fits the invoice is ignored.
        if (invoice == nullptr || due_ms(*invoice) != OptionalInteger(due)) continue;
        // Steps happen at their own time, so that a jump of the clock runs a whole chain of retries.
        run_step(account, Cause{{now.unix_seconds, due, now.advanced_ms}, "", ""}, *invoice);
    }
}

OptionalInteger next_on_agenda(const Account& account) {
    if (account.agenda.empty()) return std::nullopt;
    return account.agenda.begin()->first;
}

void webhook_accepted(Account& account, std::uint64_t delivery_id, int status, const Now& now) {
    const auto* delivery = account.deliveries.find(delivery_id);
    const auto event_id = delivery->event;
    if (!account.deliveries.accepted(delivery_id, status)) return;
    auto* event = account.events.find(event_id);
    if (event == nullptr) return;
    --event->pending_webhooks;
    --event->undelivered;
    if (event->type != "invoice.created" || event->undelivered > 0) return;
    auto* invoice = account.invoices.find(event->object_id);
    if (invoice == nullptr) return;
    invoice->webhooks_delivered_at = now.unix_seconds;
    invoice->accepted_ms = now.schedule_ms;
    if (invoice->status == InvoiceStatus::kDraft) plan(account, *invoice);
}

}  // namespace quittance::stripe_emulator
