// A batch may hold an event more than once, as itself or as its replay. One of them counts, the others are duplicates.
#include "invoice_store/events/event_batch.hpp"

#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/timestamps.hpp"
#include "invoice_store/customers/stripe_customers.hpp"
#include "invoice_store/invoices/invoice_id.hpp"
#include "invoice_store/invoices/snapshot.hpp"
#include "invoice_store/settlements/payment_facts.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

void check_contents(BatchEntry& entry) {
    const auto& event = *entry.event;
    auto problem = content_problem(event);
    if (!problem) problem = fact_problem(event);
    if (!problem) problem = customer_problem(event);
    if (problem) {
        entry.state = v1::EventOutcome::DEAD;
        entry.error = std::move(*problem);
    } else if (event.has_invoice()) {
        entry.invoice_id = invoice_id(event.account(), event.livemode(), event.invoice().stripe_invoice_id(),
                                      event.invoice().create_time().seconds());
    } else if (!event.has_payment_fact() && !event.has_stripe_customer()) {
        entry.state = v1::EventOutcome::IGNORED;
    }
}

void report_failure(const BatchEntry& entry) {
    if (entry.tells_failure != nullptr) *entry.tells_failure = true;
    const auto& fact = entry.event->payment_fact();
    std::string time;
    base::append_rfc3339(time, fact.failure().time());
    runtime::log_info("a payment failed", {{"invoice", entry.failed_invoice},
                                           {"payment_intent", fact.payment_intent_id()},
                                           {"charge", fact.charge_id()},
                                           {"code", fact.failure().code()},
                                           {"decline_code", fact.failure().decline_code()},
                                           {"reason", fact.failure().message()},
                                           {"time", time},
                                           {"account", entry.event->account()},
                                           {"event_id", entry.event->event_id()}});
}

}  // namespace

bool is_replay(const v1::InvoiceEvent& event) {
    return event.source() == v1::InvoiceEvent::SOURCE_REPLAY;
}

bool is_applicable(const BatchEntry& entry) {
    return entry.is_new && entry.state == v1::EventOutcome::APPLIED;
}

std::vector<BatchEntry> deduplicate(const std::vector<BatchItem>& items) {
    std::map<std::tuple<std::string_view, std::string_view, bool>, BatchEntry> distinct;
    for (const auto& item : items) {
        const auto& event = *item.event;
        auto& entry = distinct[{event.event_id(), event.account(), event.livemode()}];
        // A replay counts before the event itself, which is a duplicate of what the replay brings to an end.
        const bool counts = entry.event == nullptr || is_replay(event);
        if (counts) entry.event = &event;
        if (counts) entry.tells_failure = item.tells_failure;
        entry.outcomes.insert(counts ? entry.outcomes.begin() : entry.outcomes.end(), item.outcome);
    }
    std::vector<BatchEntry> entries;
    entries.reserve(distinct.size());
    for (auto& [key, entry] : distinct) {
        check_contents(entry);
        entries.push_back(std::move(entry));
    }
    return entries;
}

void report_outcomes(const std::vector<BatchEntry>& entries) {
    for (const auto& entry : entries) {
        if (entry.is_new_failure) report_failure(entry);
        bool counts = entry.is_new;
        for (auto* outcome : entry.outcomes) {
            outcome->set_state(counts ? entry.state : v1::EventOutcome::DUPLICATE);
            if (counts && entry.state == v1::EventOutcome::DEAD) outcome->set_detail(entry.error);
            if (counts) outcome->set_refetch_stripe_invoice_id(entry.refetch);
            counts = false;
        }
    }
}

}  // namespace quittance::invoice_store
