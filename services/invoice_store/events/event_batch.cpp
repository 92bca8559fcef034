// An event may be in a batch more than once, as itself or as its replay: one of them counts, the others are duplicates.
#include "invoice_store/events/event_batch.hpp"

#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "invoice_store/customers/stripe_customers.hpp"
#include "invoice_store/invoices/snapshot.hpp"
#include "invoice_store/settlements/payment_facts.hpp"

namespace quittance::invoice_store {
namespace {

auto event_key(const v1::InvoiceEvent& event) {
    return std::tuple<std::string_view, std::string_view, bool>(event.event_id(), event.account(), event.livemode());
}

std::optional<std::string> problem_of(const v1::InvoiceEvent& event) {
    if (auto problem = content_problem(event)) return problem;
    if (auto problem = fact_problem(event)) return problem;
    return customer_problem(event);
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

}  // namespace

bool is_replay(const v1::InvoiceEvent& event) {
    return event.source() == v1::InvoiceEvent::SOURCE_REPLAY;
}

bool is_applicable(const Entry& entry) {
    return entry.is_new && entry.inbox.state == v1::EventOutcome::APPLIED;
}

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
        if (auto problem = problem_of(event)) {
            entry.inbox.state = v1::EventOutcome::DEAD;
            entry.inbox.error = std::move(*problem);
        } else if (!event.has_invoice() && !event.has_payment_fact() && !event.has_stripe_customer()) {
            entry.inbox.state = v1::EventOutcome::IGNORED;
        } else if (event.has_invoice()) {
            entry.inbox.invoice_id = invoice_id(event.account(), event.livemode(), event.invoice().stripe_invoice_id(),
                                                event.invoice().create_time().seconds());
        }
        list.push_back(std::move(entry));
    }
    return list;
}

void take(pqxx::transaction_base& transaction, std::vector<Entry>& entries) {
    for (const bool replays : {false, true}) {
        const auto part = part_of(entries, replays);
        if (part.inbox.empty()) continue;
        const auto is_new = replays ? reopen_events(transaction, part.inbox) : take_events(transaction, part.inbox);
        for (std::size_t i = 0; i < part.places.size(); ++i) entries[part.places[i]].is_new = is_new[i];
    }
}

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

void tell(const std::vector<Entry>& entries) {
    for (const auto& entry : entries) {
        bool first = entry.is_new;
        for (const auto& item : entry.items) {
            item.outcome->set_state(first ? entry.inbox.state : v1::EventOutcome::DUPLICATE);
            if (first && entry.inbox.state == v1::EventOutcome::DEAD) item.outcome->set_detail(entry.inbox.error);
            if (first) item.outcome->set_refetch_stripe_invoice_id(entry.refetch);
            first = false;
        }
    }
}

}  // namespace quittance::invoice_store
