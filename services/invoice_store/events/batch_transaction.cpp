// The steps of a batch.
#include "invoice_store/events/batch_transaction.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "invoice_store/counts/invoice_counts.hpp"
#include "invoice_store/customers/stripe_customers.hpp"
#include "invoice_store/database/advisory_locks.hpp"
#include "invoice_store/events/event_batch.hpp"
#include "invoice_store/events/inbox.hpp"
#include "invoice_store/events/refetch_queue.hpp"
#include "invoice_store/invoices/invoice_upsert.hpp"
#include "invoice_store/invoices/merge.hpp"
#include "invoice_store/invoices/snapshot.hpp"
#include "invoice_store/settlements/payment_facts.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

// Stripe's identity of an invoice: the unique key of the table. Our id cannot stand for it here. It also depends on the
// creation time in the event, and a row keeps the id that it was created with.
using Identity = std::tuple<std::string_view, std::string_view, bool>;

Identity identity_of(const v1::InvoiceEvent& event) {
    return {event.invoice().stripe_invoice_id(), event.account(), event.livemode()};
}

Identity identity_of(const RowChange& change) {
    return {change.stripe_invoice_id, change.account, change.livemode};
}

bool touches_invoice(const BatchEntry& entry) {
    return is_applicable(entry) && entry.event->has_invoice();
}

// One merged snapshot for each invoice, in the order of their ids.
std::vector<v1::Invoice> merge_per_invoice(std::vector<BatchEntry>& entries) {
    std::map<Identity, v1::Invoice> merged;
    for (auto& entry : entries) {
        if (!touches_invoice(entry)) continue;
        const auto& event = *entry.event;
        auto snapshot = snapshot_of(event);
        entry.provenance = snapshot.provenance();
        const auto [place, first] = merged.try_emplace(identity_of(event));
        if (first)
            place->second = std::move(snapshot);
        else
            place->second = merge(std::move(place->second), std::move(snapshot));
    }
    std::vector<v1::Invoice> snapshots;
    snapshots.reserve(merged.size());
    for (auto& [identity, snapshot] : merged) snapshots.push_back(std::move(snapshot));
    std::sort(snapshots.begin(), snapshots.end(),
              [](const v1::Invoice& left, const v1::Invoice& right) { return left.id() < right.id(); });
    return snapshots;
}

// An older event changes no invoice, but it may tell of a payment.
void write_payments_of(pqxx::transaction_base& transaction, const std::vector<BatchEntry>& entries) {
    std::vector<const v1::InvoiceEvent*> events;
    for (const auto& entry : entries)
        if (touches_invoice(entry)) events.push_back(entry.event);
    write_invoice_payments(transaction, events);
}

// Sets the state of each event by what the write changed.
void assign_outcomes(std::vector<BatchEntry>& entries, const std::vector<RowChange>& changes) {
    std::map<Identity, const RowChange*> by_invoice;
    for (const auto& change : changes) by_invoice[identity_of(change)] = &change;
    for (auto& entry : entries) {
        if (!touches_invoice(entry)) continue;
        const auto found = by_invoice.find(identity_of(*entry.event));
        entry.state = found == by_invoice.end()
                          ? v1::EventOutcome::STALE
                          : outcome_of(entry.provenance, found->second->before, found->second->after);
    }
}

RefetchNote note_of(const v1::InvoiceEvent& event, const char* reason) {
    return {event.invoice().stripe_invoice_id(), event.account(), event.livemode(), reason, event.event_time()};
}

// Why Stripe has to be asked about the row as it is after the write. Null: for no reason.
const char* reason_to_ask(const RowChange& change) {
    if (change.status == "deleted") return nullptr;
    if (change.after.contested()) return kReasonSameSecond;
    if (taken_back(change.after)) return kReasonTakenBack;
    return change.lines_complete ? nullptr : kReasonLines;
}

// The earliest answer that ends the doubt: one that was asked for after the second in question.
google::protobuf::Timestamp answer_that_ends(const char* reason, const RowChange& change) {
    return reason == kReasonLines ? change.after.event_time() : surely_after(change.after.event_time());
}

// Queues a refetch for each invoice that the changes leave in doubt, and ends those that the statements end. A caller
// that brought an answer is not told to refetch again: the next second may have to pass first, and the queue remembers
// the invoice.
void queue_refetches(pqxx::transaction_base& transaction, std::vector<BatchEntry>& entries,
                     const std::vector<RowChange>& changes) {
    std::map<Identity, const RowChange*> by_invoice;
    std::vector<RefetchNote> doubts;
    std::vector<RefetchNote> statements;
    for (const auto& change : changes) {
        if (reason_to_ask(change) != nullptr) by_invoice[identity_of(change)] = &change;
        // Only a request may have put an invoice into the queue before the write made its row.
        if (change.before || change.status == "deleted")
            statements.push_back(
                {change.stripe_invoice_id, change.account, change.livemode, kSuperseded, change.after.event_time()});
    }
    for (auto& entry : entries) {
        if (!entry.is_new || entry.invoice_id.empty()) continue;
        const auto& event = *entry.event;
        const bool is_answer = event.source() == v1::InvoiceEvent::SOURCE_REFETCH;
        if (is_answer) statements.push_back(note_of(event, kAnswered));
        const auto found = by_invoice.find(identity_of(event));
        if (found == by_invoice.end()) continue;
        auto note = note_of(event, reason_to_ask(*found->second));
        note.time = answer_that_ends(note.reason, *found->second);
        doubts.push_back(std::move(note));
        if (!is_answer && entry.state != v1::EventOutcome::STALE) entry.refetch = event.invoice().stripe_invoice_id();
    }
    note_refetches(transaction, std::move(doubts), statements);
}

// The applicable entries whose event has content of one kind, and their events.
struct EventsOfKind {
    std::vector<BatchEntry*> entries;
    std::vector<const v1::InvoiceEvent*> events;

    EventsOfKind(std::vector<BatchEntry>& all, bool (v1::InvoiceEvent::*has)() const) {
        for (auto& entry : all) {
            if (!is_applicable(entry) || entry.event->has_invoice() || !(entry.event->*has)()) continue;
            entries.push_back(&entry);
            events.push_back(entry.event);
        }
    }
};

// Writes the payment facts among the entries. A credit note changes the amounts of its invoice, and its event does not
// carry them: the invoice is queued for a refetch.
void write_facts(pqxx::transaction_base& transaction, std::vector<BatchEntry>& entries) {
    const EventsOfKind chosen(entries, &v1::InvoiceEvent::has_payment_fact);
    if (chosen.events.empty()) return;
    const auto changes = apply_facts(transaction, chosen.events);
    std::vector<RefetchNote> doubts;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto& entry = *chosen.entries[i];
        const auto& event = *chosen.events[i];
        entry.is_new_failure = changes[i].is_first && event.payment_fact().kind() == v1::PaymentFact::PAYMENT_FAILURE;
        if (entry.is_new_failure) entry.failed_invoice = changes[i].stripe_invoice_id;
        if (!changes[i].applied) {
            entry.state = v1::EventOutcome::STALE;
        } else if (event.payment_fact().kind() == v1::PaymentFact::CREDIT_NOTE &&
                   !changes[i].stripe_invoice_id.empty()) {
            entry.refetch = changes[i].stripe_invoice_id;
            doubts.push_back({entry.refetch, event.account(), event.livemode(), kReasonCreditNote,
                              surely_after(event.event_time())});
        }
    }
    note_refetches(transaction, std::move(doubts), {});
}

// Writes the customers among the entries. False: the registration lock is needed alone, and nothing was written.
bool write_customers(pqxx::transaction_base& transaction, std::vector<BatchEntry>& entries, bool holds_lock_alone,
                     InvoiceCounts& counts) {
    const EventsOfKind chosen(entries, &v1::InvoiceEvent::has_stripe_customer);
    if (chosen.events.empty()) return true;
    const auto applied = apply_customers(transaction, chosen.events, holds_lock_alone, counts);
    if (!applied) return false;
    for (std::size_t i = 0; i < applied->size(); ++i)
        if (!(*applied)[i]) chosen.entries[i]->state = v1::EventOutcome::STALE;
    return true;
}

}  // namespace

void prepare_batches(pqxx::connection& connection) {
    // The plans do not depend on the values here, and planning costs more than running.
    postgres::set_for_session(connection, "plan_cache_mode = force_generic_plan");
    prepare_inbox(connection);
    prepare_invoice_write(connection);
    prepare_counting(connection);
    prepare_refetch_queue(connection);
    prepare_payments(connection);
}

void apply_batch(pqxx::connection& connection, const std::vector<BatchItem>& items, InvoiceCounts& counts) {
    // A second time only where the batch moves invoices to other owners: that takes the registration lock alone.
    for (const bool lock_alone : {false, true}) {
        auto entries = deduplicate(items);
        {
            pqxx::work transaction(connection);
            if (lock_alone) transaction.exec_params("SELECT pg_advisory_xact_lock($1)", kRegistrationLock);
            insert_into_inbox(transaction, entries);
            const auto snapshots = merge_per_invoice(entries);
            if (!snapshots.empty()) {
                const auto changes = write_invoices(transaction, snapshots, counts);
                write_payments_of(transaction, entries);
                assign_outcomes(entries, changes);
                queue_refetches(transaction, entries, changes);
            }
            if (!write_customers(transaction, entries, lock_alone, counts)) continue;
            write_facts(transaction, entries);
            record_states(transaction, entries);
            transaction.commit();
        }
        report_outcomes(entries);
        counts.split_crowded(connection);
        return;
    }
}

void park(pqxx::connection& connection, const BatchItem& item, const std::string& reason) {
    std::vector<BatchEntry> entries(1);
    auto& entry = entries.front();
    entry.event = item.event;
    entry.outcomes.push_back(item.outcome);
    entry.state = v1::EventOutcome::DEAD;
    entry.error = reason;
    pqxx::work transaction(connection);
    insert_into_inbox(transaction, entries);
    record_states(transaction, entries);
    transaction.commit();
    report_outcomes(entries);
}

}  // namespace quittance::invoice_store
