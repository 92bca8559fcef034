// Finds settlements that the writers left behind, because a process ended between a commit and the look after it, or
// the database was away: payment facts that wait although their invoice is there, and settlements that do not fit what
// their invoice names.
#pragma once

#include <atomic>
#include <chrono>

#include "invoice_store/settlements/stale_settlements.hpp"
#include "postgres/pool.hpp"
#include "runtime/periodic_thread.hpp"

namespace quittance::invoice_store {

class SettlementSweep {
  public:
    // Sweeps at each `interval` once `ready` is set: of the facts that wait, first all, then the recent ones; and of
    // all facts and settlements the next two hundred, round and round.
    SettlementSweep(postgres::Pool& pool, std::chrono::milliseconds interval, const std::atomic<bool>& ready);
    ~SettlementSweep() { stop(); }

    // Ends the thread after the current sweep.
    void stop() { thread_.stop(); }

  private:
    // True: no fact waits that should have an invoice.
    bool sweep_once(int window_seconds);

    postgres::Pool& pool_;
    const std::atomic<bool>& ready_;
    int window_seconds_ = 0;  // of the facts that wait, what the next sweep covers; 0: all
    StaleRound round_;
    runtime::PeriodicThread thread_;
};

}  // namespace quittance::invoice_store
