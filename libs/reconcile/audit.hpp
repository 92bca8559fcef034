// Compares every invoice that is not final with Stripe, field by field, in both directions: invoices that Stripe lists
// and the store lacks, and invoices that are open in the store and final at Stripe. A walk compares all invoices, final
// ones too, a few pages at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "reconcile/differences.hpp"
#include "reconcile/store_calls.hpp"

namespace quittance::reconcile {

struct Drift {
    std::string stripe_invoice_id;
    bool missing = false;    // the store has no such invoice
    bool not_found = false;  // Stripe has no such invoice: the row stays as it is
    std::vector<FieldDifference> fields;
    bool repaired = false;          // the row was read again and agrees
    std::string unrepaired_fields;  // a repair was tried, and these fields still differ
};

struct AuditReport {
    std::int64_t compared = 0;
    std::int64_t drifted = 0;
    std::int64_t repaired = 0;
    std::int64_t unrepaired = 0;
    std::int64_t not_found = 0;
    std::vector<Drift> drifts;  // the first kMostDrifts
};
constexpr std::size_t kMostDrifts = 1'000;

struct AuditOptions {
    std::string account;
    bool repair = true;
    // Between the comparison and the second look at what differs.
    std::chrono::milliseconds confirm_after{3'000};
};

Answer<AuditReport> audit(clients::Services& services, const AuditOptions& options);

// Part of a walk over all of an account's invoices, newest first: up to `pages` pages of 100, from where the walk has
// come. The store keeps the place. At the end of Stripe's list the walk begins again.
Answer<AuditReport> walk_invoices(clients::Services& services, const AuditOptions& options, int pages);

}  // namespace quittance::reconcile
