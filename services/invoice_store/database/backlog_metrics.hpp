// What waits for somebody, as gauges for operators: events that are parked as dead, and invoices that Stripe has to be
// asked for. Counted in the database, so that every replica shows the same and a restart forgets nothing.
#pragma once

#include <atomic>

#include "postgres/pool.hpp"
#include "runtime/metrics.hpp"

namespace quittance::invoice_store {

// Asked at a scrape, at most every few seconds, and not before `ready` is set. What was seen last stands while the
// database cannot be asked; -1: it was never asked. Pool and flag must live as long as the metrics are scraped.
void show_backlog(runtime::Metrics& metrics, postgres::Pool& pool, const std::atomic<bool>& ready);

}  // namespace quittance::invoice_store
