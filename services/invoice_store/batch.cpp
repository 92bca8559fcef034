// A batch, step by step.
#include "invoice_store/batch.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "invoice_store/inbox.hpp"
#include "invoice_store/invoice_table.hpp"
#include "invoice_store/merge.hpp"
#include "invoice_store/refetch_queue.hpp"
#include "invoice_store/snapshot.hpp"

namespace quittance::invoice_store {
namespace {

constexpr std::int64_t kEndOfTime = 253'402'300'799;  // the end of the year 9999: after every doubt

auto event_key(const v1::InvoiceEvent& event) {
    return std::tuple<std::string_view, std::string_view, bool>(event.event_id(), event.account(), event.livemode());
}

bool is_replay(const v1::InvoiceEvent& event) {
    return event.source() == v1::InvoiceEvent::SOURCE_REPLAY;
}

// One event id of a batch and everything that becomes of it.
struct Entry {
    std::vector<BatchItem> items;  // more than one where the batch holds the event more than once
    InboxEntry inbox;
    v1::Provenance provenance;  // of its snapshot
    bool is_new = false;        // or to be applied once more
    bool refetch = false;       // left its invoice in doubt
};

// Distinct events in the order of their ids.
std::vector<Entry> distinct(const std::vector<BatchItem>& items) {
    std::map<std::tuple<std::string_view, std::string_view, bool>, Entry> entries;
    for (const auto& item : items) {
        // A replay goes before its like: the others are duplicates of what it brings to an end.
        auto& same = entries[event_key(*item.event)].items;
        same.insert(is_replay(*item.event) ? same.begin() : same.end(), item);
    }
    std::vector<Entry> list;
    list.reserve(entries.size());
    for (auto& [key, entry] : entries) {
        const auto& event = *entry.items.front().event;
        entry.inbox.event = &event;
        if (auto problem = content_problem(event)) {
            entry.inbox.state = v1::EventOutcome::DEAD;
            entry.inbox.error = std::move(*problem);
        } else if (!event.has_invoice()) {
            entry.inbox.state = v1::EventOutcome::IGNORED;
        } else {
            entry.inbox.invoice_id = invoice_id(event.account(), event.livemode(), event.invoice().stripe_invoice_id(),
                                                event.invoice().create_time().seconds());
        }
        list.push_back(std::move(entry));
    }
    return list;
}

// The entries that are replays, or those that are not, and their places.
struct Part {
    std::vector<InboxEntry> inbox;
    std::vector<std::size_t> places;
};

Part part_of(const std::vector<Entry>& entries, bool replays) {
    Part part;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (is_replay(*entries[i].inbox.event) != replays) continue;
        part.inbox.push_back(entries[i].inbox);
        part.places.push_back(i);
    }
    return part;
}

void take(pqxx::transaction_base& transaction, std::vector<Entry>& entries) {
    for (const bool replays : {false, true}) {
        const auto part = part_of(entries, replays);
        if (part.inbox.empty()) continue;
        const auto is_new = replays ? reopen_events(transaction, part.inbox) : take_events(transaction, part.inbox);
        for (std::size_t i = 0; i < part.places.size(); ++i) entries[part.places[i]].is_new = is_new[i];
    }
}

bool touches_invoice(const Entry& entry) {
    return entry.is_new && entry.inbox.state == v1::EventOutcome::APPLIED;
}

// One snapshot per invoice, in the order of their ids. Grouped by Stripe's identity, which is what the table is unique
// by, and not by our id, which also depends on what the event says of the creation time.
std::vector<v1::Invoice> fold(std::vector<Entry>& entries) {
    std::map<std::tuple<std::string_view, std::string_view, bool>, v1::Invoice> folded;
    for (auto& entry : entries) {
        if (!touches_invoice(entry)) continue;
        const auto& event = *entry.inbox.event;
        auto snapshot = snapshot_of(event);
        entry.provenance = snapshot.provenance();
        const std::tuple<std::string_view, std::string_view, bool> identity(event.invoice().stripe_invoice_id(),
                                                                            event.account(), event.livemode());
        const auto [place, first] = folded.try_emplace(identity);
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
    std::unordered_map<std::string_view, const RowChange*> by_invoice;
    for (const auto& change : changes) by_invoice[change.invoice_id] = &change;
    for (auto& entry : entries) {
        if (!touches_invoice(entry)) continue;
        const auto found = by_invoice.find(entry.inbox.invoice_id);
        entry.inbox.state = found == by_invoice.end()
                                ? v1::EventOutcome::STALE
                                : outcome_of(entry.provenance, found->second->before, found->second->after);
    }
}

// Corrects in the inbox what is not `applied`, and notes what became of the replays.
void settle(pqxx::transaction_base& transaction, const std::vector<Entry>& entries) {
    std::vector<InboxEntry> corrected;
    std::vector<InboxEntry> replayed;
    for (const auto& entry : entries) {
        if (!entry.is_new) continue;
        if (is_replay(*entry.inbox.event))
            replayed.push_back(entry.inbox);
        else if (entry.inbox.state == v1::EventOutcome::STALE || entry.inbox.state == v1::EventOutcome::NEEDS_REFETCH)
            corrected.push_back(entry.inbox);
    }
    if (!corrected.empty()) settle_events(transaction, corrected);
    if (!replayed.empty()) settle_replays(transaction, replayed);
}

RefetchNote note_of(const v1::InvoiceEvent& event) {
    return {event.invoice().stripe_invoice_id(), event.account(), event.livemode(), kReasonTie, event.event_time()};
}

// Queues the invoices that the changes leave in doubt, and takes away those that are answered. Who brought an answer is
// not told to ask again: Stripe may have to be left a second first, and the queue remembers.
void note_doubts(pqxx::transaction_base& transaction, std::vector<Entry>& entries,
                 const std::vector<RowChange>& changes) {
    std::unordered_map<std::string_view, const RowChange*> by_invoice;
    std::vector<RefetchNote> doubts;
    std::vector<RefetchNote> answers;
    for (const auto& change : changes)
        if (change.status == "deleted" || change.after.refetch_needed() || !change.lines_complete)
            by_invoice[change.invoice_id] = &change;
    for (auto& entry : entries) {
        if (!entry.is_new || entry.inbox.invoice_id.empty()) continue;
        const auto& event = *entry.inbox.event;
        const bool is_answer = event.source() == v1::InvoiceEvent::SOURCE_REFETCH;
        if (is_answer) answers.push_back(note_of(event));
        const auto found = by_invoice.find(entry.inbox.invoice_id);
        if (found == by_invoice.end()) continue;
        const auto& change = *found->second;
        auto note = note_of(event);
        note.time = change.after.event_time();
        if (change.status == "deleted") {
            note.time.set_seconds(kEndOfTime);
            answers.push_back(std::move(note));
            continue;
        }
        note.reason = change.after.refetch_needed() ? kReasonTie : kReasonLines;
        if (change.after.refetch_needed()) note.time = surely_after(note.time);
        doubts.push_back(std::move(note));
        entry.refetch = !is_answer && entry.inbox.state != v1::EventOutcome::STALE;
    }
    note_refetches(transaction, std::move(doubts), std::move(answers));
}

void tell(const std::vector<Entry>& entries) {
    for (const auto& entry : entries) {
        bool first = entry.is_new;
        for (const auto& item : entry.items) {
            item.outcome->set_state(first ? entry.inbox.state : v1::EventOutcome::DUPLICATE);
            if (first && entry.inbox.state == v1::EventOutcome::DEAD) item.outcome->set_detail(entry.inbox.error);
            if (first && entry.refetch)
                item.outcome->set_refetch_stripe_invoice_id(entry.inbox.event->invoice().stripe_invoice_id());
            first = false;
        }
    }
}

}  // namespace

void prepare_batches(pqxx::connection& connection) {
    // Plans do not depend on the values here, and making them anew costs more than running them.
    pqxx::nontransaction session(connection);
    session.exec0("SET plan_cache_mode = force_generic_plan");
    prepare_inbox(connection);
    prepare_invoice_write(connection);
    prepare_refetch_queue(connection);
}

void apply_batch(pqxx::connection& connection, const std::vector<BatchItem>& items, int slot) {
    auto entries = distinct(items);
    pqxx::work transaction(connection);
    take(transaction, entries);
    const auto snapshots = fold(entries);
    if (!snapshots.empty()) {
        const auto changes = write_invoices(transaction, snapshots, slot);
        judge(entries, changes);
        note_doubts(transaction, entries, changes);
    }
    settle(transaction, entries);
    transaction.commit();
    tell(entries);
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
