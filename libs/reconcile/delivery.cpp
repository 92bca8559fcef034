#include "reconcile/delivery.hpp"

#include <algorithm>
#include <utility>

#include "rpc/batch_limits.hpp"
#include "runtime/pause.hpp"

namespace quittance::reconcile {
namespace {

constexpr int kAttempts = 6;

// Takes a batch off the end of `events`.
v1::ApplyInvoiceEventsRequest next_batch(std::vector<v1::InvoiceEvent>& events) {
    v1::ApplyInvoiceEventsRequest request;
    std::size_t bytes = 0;
    while (!events.empty() && request.events_size() < static_cast<int>(rpc::kBatchItems)) {
        const auto size = events.back().ByteSizeLong();
        if (request.events_size() > 0 && bytes + size > rpc::kBatchBytes) break;
        bytes += size;
        request.add_events()->Swap(&events.back());
        events.pop_back();
    }
    return request;
}

bool names_no_invoice(const v1::InvoiceEvent& event) {
    const auto& fact = event.payment_fact();
    return event.has_payment_fact() && fact.stripe_invoice_id().empty() &&
           !(fact.payment_intent_id().empty() && fact.charge_id().empty());
}

// Counts the events with an outcome. The others stay in the request.
void count(v1::ApplyInvoiceEventsRequest& request, const v1::ApplyInvoiceEventsResponse& answer, DeliveryCount& done) {
    v1::ApplyInvoiceEventsRequest undecided;
    for (int i = 0; i < request.events_size(); ++i) {
        const auto state = i < answer.outcomes_size() ? answer.outcomes(i).state() : v1::EventOutcome::RETRY;
        switch (state) {
            case v1::EventOutcome::APPLIED:
            case v1::EventOutcome::NEEDS_REFETCH:
                ++done.applied;
                break;
            case v1::EventOutcome::STALE:
                ++done.stale;
                break;
            case v1::EventOutcome::DUPLICATE:
                ++done.known;
                break;
            case v1::EventOutcome::IGNORED:
                ++done.ignored;
                break;
            case v1::EventOutcome::DEAD:
                ++done.dead;
                break;
            default:
                undecided.add_events()->Swap(request.mutable_events(i));
                continue;
        }
        if (state != v1::EventOutcome::DUPLICATE && done.examples.size() < kExamples)
            done.examples.push_back(request.events(i).event_id());
        if (state == v1::EventOutcome::APPLIED && names_no_invoice(request.events(i)) &&
            done.unresolved.size() < kExamples) {
            done.unresolved.push_back(request.events(i));
            done.unresolved.back().clear_payload();
        }
        const auto& refetch = answer.outcomes(i).refetch_stripe_invoice_id();
        if (!refetch.empty()) done.refetches.push_back(refetch);
    }
    request.Swap(&undecided);
}

}  // namespace

void DeliveryCount::add(const DeliveryCount& other) {
    applied += other.applied;
    stale += other.stale;
    known += other.known;
    ignored += other.ignored;
    dead += other.dead;
    refetches.insert(refetches.end(), other.refetches.begin(), other.refetches.end());
    for (const auto& event : other.unresolved)
        if (unresolved.size() < kExamples) unresolved.push_back(event);
    for (const auto& id : other.examples)
        if (examples.size() < kExamples) examples.push_back(id);
}

Answer<DeliveryCount> deliver(clients::InvoiceStoreClient& store, std::vector<v1::InvoiceEvent> events) {
    DeliveryCount done;
    while (!events.empty()) {
        auto request = next_batch(events);
        for (int attempt = 1; request.events_size() > 0; ++attempt) {
            const auto answer = co_await store.apply_invoice_events(request);
            if (!answer.has_error()) count(request, *answer, done);
            if (request.events_size() == 0) break;
            const auto failure = answer.has_error()
                                     ? answer.error()
                                     : rpc::make_status(grpc::StatusCode::UNAVAILABLE,
                                                        "the store cannot take events now", "store_retry");
            if (attempt == kAttempts || !rpc::is_transient(failure)) co_return failure;
            const auto wait = std::chrono::milliseconds(100) * (1 << attempt);
            co_await runtime::pause(wait);
        }
    }
    co_return done;
}

}  // namespace quittance::reconcile
