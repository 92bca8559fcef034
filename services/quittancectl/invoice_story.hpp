// The story of an invoice: what each of its events changed, which call at Stripe caused it, and where the log tells
// more.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "clients/services.hpp"
#include "quittance/v1/invoice.pb.h"
#include "quittance/v1/invoice_store.pb.h"
#include "reconcile/store_calls.hpp"

namespace quittance::quittancectl {

// What the payload of an event tells beside its type.
struct EventStory {
    std::string
        changed;        // "status: draft -> open, number: -> A-1"; or why a payment failed; empty where nothing is told
    std::string asked;  // the idempotency key of the call at Stripe that caused it: "default:order-1:finalise"
};

// Of a payload that is no event of Stripe, nothing.
EventStory read_story(std::string_view payload);

// Prints the creation's key, its trace, and the events, oldest first. The payloads of the newest hundred are read.
reconcile::Answer<bool> print_story(clients::Services& services, const v1::Invoice& invoice,
                                    const std::vector<v1::InboxEvent>& history, std::ostream& out);

}  // namespace quittance::quittancectl
