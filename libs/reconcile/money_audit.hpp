// Compares the store's refunds and disputes with Stripe's lists, and delivers what the store lacks or has otherwise. A
// refund changes nothing on Stripe's invoice, so no comparison of invoices can find one that no event told of.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "reconcile/store_calls.hpp"

namespace quittance::reconcile {

struct MoneyDrift {
    std::string object_id;  // "re_…", "dp_…"
    std::string in_store;   // "missing", or status, amount and currency
    std::string at_stripe;
    bool repaired = false;  // the store was read again and agrees
};

struct MoneyReport {
    std::int64_t compared = 0;
    std::int64_t drifted = 0;
    std::int64_t repaired = 0;
    std::vector<MoneyDrift> drifts;  // the first kMostMoneyDrifts
};
constexpr std::size_t kMostMoneyDrifts = 1'000;

struct MoneyOptions {
    std::string account;
    std::int64_t from = 0;  // creation time at Stripe, Unix seconds, inclusive
    std::int64_t to = 0;    // exclusive; 0: without an end, so that invoices paid since `from` are surely settled then
    bool repair = true;
    // Between the comparison and the second look at what differs: an event may be on its way.
    std::chrono::milliseconds confirm_after{3'000};
};

Answer<MoneyReport> audit_money(clients::Services& services, const MoneyOptions& options);

// Tells the store that all refunds and disputes of the account created since `from` were asked for by `asked_at`.
Answer<bool> note_money_asked(clients::InvoiceStoreClient& store, const std::string& account, std::int64_t from,
                              std::int64_t asked_at);

// Part of a walk over all refunds, or all disputes, of an account: up to `pages` pages of 100, from where the walk
// `cursor` has come. At the end of Stripe's list the walk begins again.
struct MoneyWalk {
    MoneyOptions options;
    int pages = 1;
};
Answer<MoneyReport> walk_money(clients::Services& services, const MoneyWalk& walk);

}  // namespace quittance::reconcile
