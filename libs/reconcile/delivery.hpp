// Delivers events to the store until each of them has an outcome.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reconcile/store_calls.hpp"

namespace quittance::reconcile {

constexpr std::size_t kExamples = 100;

// The outcomes of the events that were delivered.
struct DeliveryCount {
    std::int64_t applied = 0;  // also with a refetch that is still to come
    std::int64_t stale = 0;
    std::int64_t known = 0;  // the store had the event before
    std::int64_t ignored = 0;
    std::int64_t dead = 0;
    std::vector<std::string> refetches;  // Stripe's ids of invoices that need a refetch after these events
    // New payment facts that name no invoice: Stripe has to be asked which one (resolve_payment). Without payloads; the
    // first kExamples.
    std::vector<v1::InvoiceEvent> unresolved;
    std::vector<std::string> examples;  // ids of events that were new to the store, the first kExamples

    // Events that no webhook brought.
    std::int64_t found() const { return applied + stale + ignored + dead; }
    void add(const DeliveryCount& other);
};

// Sends batches, and repeats what the store could not take for the moment. After an error some events may not be
// durable; all of them may be delivered again at any time.
Answer<DeliveryCount> deliver(clients::InvoiceStoreClient& store, std::vector<v1::InvoiceEvent> events);

}  // namespace quittance::reconcile
