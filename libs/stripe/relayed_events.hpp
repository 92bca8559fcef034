// Stripe's events in the envelopes of Amazon EventBridge and Azure Event Grid, which Stripe delivers to instead of a
// webhook (https://docs.stripe.com/event-destinations). Inside is the event as a webhook would have it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stripe/reader.hpp"

namespace quittance::stripe {

struct RelayedEvents {
    // Each event's JSON, in the order of the envelopes; at most kMostRelayed.
    std::vector<std::string> events;
    // Event Grid asks once whether the endpoint wants its events, and takes this code in the answer for a yes
    // (https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema). Empty: it does not.
    std::string validation_code;
};
constexpr std::size_t kMostRelayed = 100;

// Reads one envelope of EventBridge (the event in `detail`), one CloudEvents envelope, or an array of Event Grid's
// envelopes (the event in `data`). Fails if an envelope has no event, or there are too many.
ReadResult<RelayedEvents> read_relayed_events(std::string_view body);

}  // namespace quittance::stripe
