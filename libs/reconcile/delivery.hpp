// Events into the store, until each of them is decided.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "clients/invoice_store_client.hpp"

namespace quittance::reconcile {

constexpr std::size_t kExamples = 100;

// What became of the events that were delivered.
struct DeliveryCount {
    std::int64_t applied = 0;  // it changed the row; a refetch may still be asked for
    std::int64_t stale = 0;
    std::int64_t known = 0;  // the store had it already
    std::int64_t ignored = 0;
    std::int64_t dead = 0;
    // The invoices that Stripe has to be asked for because of them.
    std::vector<std::string> refetches;
    // Facts of payments that name no invoice, and that were new: whose they are is still to be asked. Without payloads;
    // the first kExamples.
    std::vector<v1::InvoiceEvent> unresolved;
    // Ids of the events that were new to the store, the first so many; see kExamples.
    std::vector<std::string> examples;

    // Events that no webhook had brought.
    std::int64_t found() const { return applied + stale + ignored + dead; }
    void add(const DeliveryCount& other);
};

// Cuts what is large, repeats what the store could not take for now. An error: some of them are not known to be
// durable; they may be delivered again at any time.
Answer<DeliveryCount> deliver(StoreClient& store, std::vector<v1::InvoiceEvent> events);

}  // namespace quittance::reconcile
