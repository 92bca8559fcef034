// Stripe's list of events, read for what no webhook brought. Stripe keeps events for 30 days.
// https://docs.stripe.com/api/events
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "clients/stripe_gateway_client.hpp"
#include "reconcile/delivery.hpp"

namespace quittance::reconcile {

struct EventsReport {
    std::int64_t from = 0;  // Unix seconds, inclusive
    std::int64_t to = 0;    // exclusive
    std::int64_t listed = 0;
    std::int64_t missing = 0;           // that the store had not
    DeliveryCount delivered;            // all zero in a dry run
    std::vector<std::string> examples;  // ids of missing ones, the first kExamples
    // Where an earlier run ended longer ago than Stripe keeps events: that moment. What happened between it and `from`
    // no list of events tells any more.
    std::int64_t unseen_since = 0;
};

struct EventsRange {
    std::string account;
    std::int64_t from = 0;  // Unix seconds, inclusive
    std::int64_t to = 0;    // exclusive
    bool dry_run = false;   // look only
};

// Reads the whole range, newest first, and delivers each page before it asks for the next: memory holds one page. An
// error: what was delivered stays delivered, and the range may be read again.
Answer<EventsReport> reconcile_events(StoreClient& store, GatewayClient& gateway, const EventsRange& range);

struct FollowOptions {
    std::string account;
    // Read again before the cursor: events become visible a little out of order, and what is known costs little.
    std::chrono::seconds overlap{600};
    // Younger events are left to their webhooks.
    std::chrono::seconds settle{60};
    // How far back the first run of an account goes.
    std::chrono::seconds horizon{std::chrono::hours(30 * 24 - 1)};
};

// Reads from the account's cursor up to now, in slices of time from the oldest on, and moves the cursor after each: a
// run that breaks off is continued where it was, by this replica or another. The report is of the whole run.
Answer<EventsReport> follow_events(StoreClient& store, GatewayClient& gateway, const FollowOptions& options);

}  // namespace quittance::reconcile
