// A batch, step by step.
#include "invoice_store/events/batch_transaction.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/timestamps.hpp"
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

// Stripe's identity of an invoice, which is what the table is unique by. Our id is no name for it here: it also depends
// on what the event says of the creation time, and a row keeps the one that it was made with.
using Identity = std::tuple<std::string_view, std::string_view, bool>;

Identity identity_of(const v1::InvoiceEvent& event) {
    return {event.invoice().stripe_invoice_id(), event.account(), event.livemode()};
}

Identity identity_of(const RowChange& change) {
    return {change.stripe_invoice_id, change.account, change.livemode};
}

bool touches_invoice(const Entry& entry) {
    return is_applicable(entry) && entry.inbox.event->has_invoice();
}

// One snapshot per invoice, in the order of their ids.
std::vector<v1::Invoice> fold(std::vector<Entry>& entries) {
    std::map<Identity, v1::Invoice> folded;
    for (auto& entry : entries) {
        if (!touches_invoice(entry)) continue;
        const auto& event = *entry.inbox.event;
        auto snapshot = snapshot_of(event);
        entry.provenance = snapshot.provenance();
        const auto [place, first] = folded.try_emplace(identity_of(event));
        if (first)
            place->second = std::move(snapshot);
        else
            place->second = merge(std::move(place->second), std::move(snapshot));
    }
    std::vector<v1::Invoice> snapshots;
    snapshots.reserve(folded.size());
    for (auto& [identity, snapshot] : folded) snapshots.push_back(std::move(snapshot));
    std::sort(snapshots.begin(), snapshots.end(),
              [](const v1::Invoice& left, const v1::Invoice& right) { return left.id() < right.id(); });
    return snapshots;
}

// The state of each event now that the rows are written.
void judge(std::vector<Entry>& entries, const std::vector<RowChange>& changes) {
    std::map<Identity, const RowChange*> by_invoice;
    for (const auto& change : changes) by_invoice[identity_of(change)] = &change;
    for (auto& entry : entries) {
        if (!touches_invoice(entry)) continue;
        const auto found = by_invoice.find(identity_of(*entry.inbox.event));
        entry.inbox.state = found == by_invoice.end()
                                ? v1::EventOutcome::STALE
                                : outcome_of(entry.provenance, found->second->before, found->second->after);
    }
}

RefetchNote note_of(const v1::InvoiceEvent& event) {
    return {event.invoice().stripe_invoice_id(), event.account(), event.livemode(), kReasonTie, event.event_time()};
}

// Whether only Stripe can tell how the invoice of a row stands.
bool in_doubt(const RowChange& change) {
    return change.after.refetch_needed() || !change.lines_complete;
}

// What ends a tie without Stripe: a snapshot of a higher rank or a later second than the row had. Its time is none, so
// that it is no answer to a doubt of another kind.
std::optional<RefetchNote> overtaking(const RowChange& change) {
    if (!change.before || is_tie(*change.before, change.after)) return std::nullopt;
    return RefetchNote{change.stripe_invoice_id, change.account, change.livemode, kReasonTie, {}};
}

// Queues the invoices that the changes leave in doubt, and takes away those that are answered or overtaken. Who brought
// an answer is not told to ask again: Stripe may have to be left a second first, and the queue remembers.
void note_doubts(pqxx::transaction_base& transaction, std::vector<Entry>& entries,
                 const std::vector<RowChange>& changes) {
    std::map<Identity, const RowChange*> by_invoice;
    std::vector<RefetchNote> doubts;
    std::vector<RefetchNote> answers;
    for (const auto& change : changes) {
        if (change.status == "deleted" || in_doubt(change))
            by_invoice[identity_of(change)] = &change;
        else if (auto note = overtaking(change))
            answers.push_back(std::move(*note));
    }
    for (auto& entry : entries) {
        if (!entry.is_new || entry.inbox.invoice_id.empty()) continue;
        const auto& event = *entry.inbox.event;
        const bool is_answer = event.source() == v1::InvoiceEvent::SOURCE_REFETCH;
        if (is_answer) answers.push_back(note_of(event));
        const auto found = by_invoice.find(identity_of(event));
        if (found == by_invoice.end()) continue;
        const auto& change = *found->second;
        auto note = note_of(event);
        note.time = change.after.event_time();
        if (change.status == "deleted") {
            note.time.set_seconds(base::kLastSecondOf9999);
            answers.push_back(std::move(note));
            continue;
        }
        note.reason = change.after.refetch_needed() ? kReasonTie : kReasonLines;
        if (change.after.refetch_needed()) note.time = surely_after(note.time);
        doubts.push_back(std::move(note));
        if (!is_answer && entry.inbox.state != v1::EventOutcome::STALE)
            entry.refetch = event.invoice().stripe_invoice_id();
    }
    note_refetches(transaction, std::move(doubts), std::move(answers));
}

// The entries that are applicable and have something of the kind, and their events.
struct Chosen {
    std::vector<Entry*> entries;
    std::vector<const v1::InvoiceEvent*> events;

    Chosen(std::vector<Entry>& all, bool (v1::InvoiceEvent::*has)() const) {
        for (auto& entry : all) {
            if (!is_applicable(entry) || entry.inbox.event->has_invoice() || !(entry.inbox.event->*has)()) continue;
            entries.push_back(&entry);
            events.push_back(entry.inbox.event);
        }
    }
};

// The payment facts among the entries. A credit note changes the amounts of its invoice, which only Stripe can tell.
void write_facts(pqxx::transaction_base& transaction, std::vector<Entry>& entries) {
    const Chosen chosen(entries, &v1::InvoiceEvent::has_payment_fact);
    if (chosen.events.empty()) return;
    const auto changes = apply_facts(transaction, chosen.events);
    std::vector<RefetchNote> doubts;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto& entry = *chosen.entries[i];
        const auto& event = *chosen.events[i];
        if (!changes[i].applied) {
            entry.inbox.state = v1::EventOutcome::STALE;
        } else if (event.payment_fact().kind() == v1::PaymentFact::CREDIT_NOTE &&
                   !changes[i].stripe_invoice_id.empty()) {
            entry.refetch = changes[i].stripe_invoice_id;
            doubts.push_back({entry.refetch, event.account(), event.livemode(), kReasonCreditNote,
                              surely_after(event.event_time())});
        }
    }
    note_refetches(transaction, std::move(doubts), {});
}

// The customers among the entries. False: it takes the lock of registrations, alone.
bool write_customers(pqxx::transaction_base& transaction, std::vector<Entry>& entries, bool holds_lock_alone,
                     InvoiceCounts& counts) {
    const Chosen chosen(entries, &v1::InvoiceEvent::has_stripe_customer);
    if (chosen.events.empty()) return true;
    const auto applied = apply_customers(transaction, chosen.events, holds_lock_alone, counts);
    if (!applied) return false;
    for (std::size_t i = 0; i < applied->size(); ++i)
        if (!(*applied)[i]) chosen.entries[i]->inbox.state = v1::EventOutcome::STALE;
    return true;
}

// False: to be done once more, holding the lock of registrations alone.
bool try_batch(pqxx::connection& connection, const std::vector<BatchItem>& items, InvoiceCounts& counts,
               bool lock_alone) {
    auto entries = distinct(items);
    {
        pqxx::work transaction(connection);
        if (lock_alone) transaction.exec_params("SELECT pg_advisory_xact_lock($1)", kRegistrationLock);
        take(transaction, entries);
        const auto snapshots = fold(entries);
        if (!snapshots.empty()) {
            const auto changes = write_invoices(transaction, snapshots, counts);
            judge(entries, changes);
            note_doubts(transaction, entries, changes);
        }
        if (!write_customers(transaction, entries, lock_alone, counts)) return false;
        write_facts(transaction, entries);
        settle(transaction, entries);
        transaction.commit();
    }
    tell(entries);
    counts.split_crowded(connection);
    return true;
}

}  // namespace

void prepare_batches(pqxx::connection& connection) {
    // Plans do not depend on the values here, and making them anew costs more than running them.
    postgres::set_for_session(connection, "plan_cache_mode = force_generic_plan");
    prepare_inbox(connection);
    prepare_invoice_write(connection);
    prepare_counting(connection);
    prepare_refetch_queue(connection);
    prepare_settling(connection);
}

void apply_batch(pqxx::connection& connection, const std::vector<BatchItem>& items, InvoiceCounts& counts) {
    if (!try_batch(connection, items, counts, false)) try_batch(connection, items, counts, true);
}

void park(pqxx::connection& connection, const BatchItem& item, const std::string& reason) {
    std::vector<Entry> entries(1);
    auto& entry = entries.front();
    entry.items.push_back(item);
    entry.inbox.event = item.event;
    entry.inbox.state = v1::EventOutcome::DEAD;
    entry.inbox.error = reason;
    pqxx::work transaction(connection);
    take(transaction, entries);
    settle(transaction, entries);
    transaction.commit();
    tell(entries);
}

}  // namespace quittance::invoice_store
