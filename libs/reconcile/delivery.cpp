#include "reconcile/delivery.hpp"

#include <algorithm>
#include <utility>

#include "clients/stripe_gateway_client.hpp"

namespace quittance::reconcile {
namespace {

constexpr std::size_t kBatchEvents = 100;
constexpr std::size_t kBatchBytes = 2 * 1024 * 1024;  // well under what ApplyInvoiceEvents takes
constexpr int kTries = 6;

bool worth_another_try(grpc::StatusCode code) {
    return code == grpc::StatusCode::UNAVAILABLE || code == grpc::StatusCode::RESOURCE_EXHAUSTED ||
           code == grpc::StatusCode::DEADLINE_EXCEEDED || code == grpc::StatusCode::CANCELLED;
}

// Takes a batch off the end of `events`.
v1::ApplyInvoiceEventsRequest next_batch(std::vector<v1::InvoiceEvent>& events) {
    v1::ApplyInvoiceEventsRequest request;
    std::size_t bytes = 0;
    while (!events.empty() && request.events_size() < static_cast<int>(kBatchEvents)) {
        const auto size = events.back().ByteSizeLong();
        if (request.events_size() > 0 && bytes + size > kBatchBytes) break;
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

// Counts what is decided; what is not stays in the request.
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

Answer<DeliveryCount> deliver(StoreClient& store, std::vector<v1::InvoiceEvent> events) {
    DeliveryCount done;
    while (!events.empty()) {
        auto request = next_batch(events);
        grpc::Status refusal;
        for (int next_try = 1; request.events_size() > 0; ++next_try) {
            auto answer = co_await store.apply(request);
            if (answer.has_error()) {
                refusal = answer.error();
                if (!worth_another_try(refusal.error_code())) co_return refusal;
            } else {
                count(request, *answer, done);
                refusal =
                    rpc::make_status(grpc::StatusCode::UNAVAILABLE, "the store cannot take events now", "store_retry");
            }
            if (request.events_size() == 0) break;
            if (next_try == kTries) co_return refusal;
            co_await pause(std::chrono::milliseconds(100) * (1 << next_try));
        }
    }
    co_return done;
}

}  // namespace quittance::reconcile
