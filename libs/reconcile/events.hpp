// Reads Stripe's list of events, and delivers events that no webhook brought. Stripe keeps events for 30 days.
// https://docs.stripe.com/api/events
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "reconcile/delivery.hpp"

namespace quittance::reconcile {

struct EventsReport {
    std::int64_t from = 0;  // Unix seconds, inclusive
    std::int64_t to = 0;    // exclusive
    std::int64_t listed = 0;
    std::int64_t missing = 0;           // events that the store did not have
    DeliveryCount delivered;            // all zero in a dry run
    std::vector<std::string> examples;  // ids of missing ones, the first kExamples
    // Set if an earlier run ended longer ago than Stripe keeps events: that time. No list has the events between it and
    // `from` any more.
    std::int64_t unseen_since = 0;
};

struct EventsRange {
    std::string account;
    std::int64_t from = 0;  // Unix seconds, inclusive
    std::int64_t to = 0;    // exclusive
    bool dry_run = false;   // count only
};

// Reads the whole range, newest first, and delivers each page before it asks for the next. Memory holds one page. After
// an error the range may be read again.
Answer<EventsReport> reconcile_events(clients::Services& services, const EventsRange& range);

struct FollowOptions {
    std::string account;
    // The time before the cursor that is read again. Stripe's list may show an event after a younger one.
    std::chrono::seconds overlap{600};
    std::chrono::seconds min_age{60};  // younger events are left to their webhooks
    // How far back the first run of an account reads.
    std::chrono::seconds horizon{std::chrono::hours(30 * 24 - 1)};
};

// Reads from the account's cursor up to now, in slices of time, oldest first. It moves the cursor after each slice, so
// that any replica can continue a run that breaks off. The report is about the whole run.
Answer<EventsReport> follow_events(clients::Services& services, const FollowOptions& options);

}  // namespace quittance::reconcile
