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
#include "invoice_store/snapshot.hpp"

namespace quittance::invoice_store {
namespace {

auto event_key(const v1::InvoiceEvent& event) {
    return std::tuple<std::string_view, std::string_view, bool>(event.event_id(), event.account(), event.livemode());
}

// One event id of a batch and everything that becomes of it.
struct Entry {
    std::vector<BatchItem> items;  // more than one where the batch holds the event more than once
    InboxEntry inbox;
    v1::Provenance provenance;  // of its snapshot
    bool is_new = false;
};

// Distinct events in the order of their ids.
std::vector<Entry> distinct(const std::vector<BatchItem>& items) {
    std::map<std::tuple<std::string_view, std::string_view, bool>, Entry> entries;
    for (const auto& item : items) entries[event_key(*item.event)].items.push_back(item);
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

void take(pqxx::transaction_base& transaction, std::vector<Entry>& entries) {
    std::vector<InboxEntry> inbox;
    inbox.reserve(entries.size());
    for (const auto& entry : entries) inbox.push_back(entry.inbox);
    const auto is_new = take_events(transaction, inbox);
    for (std::size_t i = 0; i < entries.size(); ++i) entries[i].is_new = is_new[i];
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

// The state of each event now that the rows are written, corrected in the inbox where it is not `applied`.
void settle(pqxx::transaction_base& transaction, std::vector<Entry>& entries, const std::vector<RowChange>& changes) {
    std::unordered_map<std::string_view, const RowChange*> by_invoice;
    for (const auto& change : changes) by_invoice[change.invoice_id] = &change;
    std::vector<InboxEntry> corrected;
    for (auto& entry : entries) {
        if (!touches_invoice(entry)) continue;
        const auto found = by_invoice.find(entry.inbox.invoice_id);
        entry.inbox.state = found == by_invoice.end()
                                ? v1::EventOutcome::STALE
                                : outcome_of(entry.provenance, found->second->before, found->second->after);
        if (entry.inbox.state != v1::EventOutcome::APPLIED) corrected.push_back(entry.inbox);
    }
    if (!corrected.empty()) settle_events(transaction, corrected);
}

void tell(const std::vector<Entry>& entries) {
    for (const auto& entry : entries) {
        bool first = entry.is_new;
        for (const auto& item : entry.items) {
            item.outcome->set_state(first ? entry.inbox.state : v1::EventOutcome::DUPLICATE);
            if (first && entry.inbox.state == v1::EventOutcome::DEAD) item.outcome->set_detail(entry.inbox.error);
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
}

void apply_batch(pqxx::connection& connection, const std::vector<BatchItem>& items, int slot) {
    auto entries = distinct(items);
    pqxx::work transaction(connection);
    take(transaction, entries);
    const auto snapshots = fold(entries);
    if (!snapshots.empty()) {
        const auto changes = write_invoices(transaction, snapshots, slot);
        settle(transaction, entries, changes);
    }
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
    transaction.commit();
    tell(entries);
}

}  // namespace quittance::invoice_store
