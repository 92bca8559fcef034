// Reads invoices, refunds and disputes that are older than Stripe's list of events. Stripe lists them by creation time,
// slice by slice. If the slices reach to now and none failed, the store is told that all refunds and disputes since
// `from` were asked for, so that no settlement of an invoice paid since then is unknown. The store keeps a result for
// each slice, so that a later run continues one that broke off.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "reconcile/store_calls.hpp"

namespace quittance::reconcile {

struct BackfillOptions {
    std::string account;
    std::int64_t from = 0;                // Unix seconds, inclusive
    std::int64_t to = 0;                  // exclusive
    std::int64_t slice_seconds = 86'400;  // at least 60; a later run must have the same to recognise the slices
    bool again = false;                   // repeat slices that are done
};

struct SliceResult {
    std::int64_t from = 0;
    std::int64_t to = 0;
    bool skipped = false;  // an earlier run did it
    std::int64_t listed = 0;
    std::int64_t added = 0;    // the store had no such invoice
    std::int64_t changed = 0;  // the store's row differed
    std::int64_t money = 0;    // refunds and disputes created in the slice that the store lacked or had otherwise
    std::string error;         // empty: done
};

struct BackfillReport {
    std::int64_t slices = 0;
    std::int64_t skipped = 0;
    std::int64_t failed = 0;
    std::int64_t listed = 0;
    std::int64_t added = 0;
    std::int64_t changed = 0;
    std::int64_t money = 0;
};

// Calls `report_slice` after each slice. A slice that fails does not stop the next ones.
Answer<BackfillReport> backfill(clients::Services& services, const BackfillOptions& options,
                                const std::function<void(const SliceResult&)>& report_slice);

}  // namespace quittance::reconcile
