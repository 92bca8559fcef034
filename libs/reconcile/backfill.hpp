// Invoices from before Stripe's events begin: listed by their time of creation, slice by slice, each slice with a
// result of its own that the store keeps, so that a run that broke off is continued.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "reconcile/audit.hpp"

namespace quittance::reconcile {

struct BackfillOptions {
    std::string account;
    std::int64_t from = 0;                // Unix seconds, inclusive
    std::int64_t to = 0;                  // exclusive
    std::int64_t slice_seconds = 86'400;  // at least 60; the same again, so that a later run knows the slices
    bool again = false;                   // also slices that are done
};

struct SliceResult {
    std::int64_t from = 0;
    std::int64_t to = 0;
    bool skipped = false;  // an earlier run did it
    std::int64_t listed = 0;
    std::int64_t added = 0;    // the store had no such invoice
    std::int64_t changed = 0;  // the store had it otherwise
    std::string error;         // empty: done
};

struct BackfillReport {
    std::int64_t slices = 0;
    std::int64_t skipped = 0;
    std::int64_t failed = 0;
    std::int64_t listed = 0;
    std::int64_t added = 0;
    std::int64_t changed = 0;
};

// A slice that fails is told and left, the next ones are done all the same. `told` is called after each.
Answer<BackfillReport> backfill(StoreClient& store, GatewayClient& gateway, const BackfillOptions& options,
                                const std::function<void(const SliceResult&)>& told);

}  // namespace quittance::reconcile
