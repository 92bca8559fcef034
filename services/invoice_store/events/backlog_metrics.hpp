// Gauges for operators: dead events, and invoices that wait for a refetch from Stripe. They are counted in the
// database, so every replica of the store shows the same numbers, and a restart loses none.
#pragma once

#include <atomic>

#include "postgres/pool.hpp"
#include "runtime/metrics.hpp"

namespace quittance::invoice_store {

// Counts at a scrape, at most every few seconds, and not before `ready` is set. The last numbers stay while the
// database does not answer; -1: it never answered. Pool and flag must live as long as the metrics are scraped.
void show_backlog(runtime::Metrics& metrics, postgres::Pool& pool, const std::atomic<bool>& ready);

}  // namespace quittance::invoice_store
