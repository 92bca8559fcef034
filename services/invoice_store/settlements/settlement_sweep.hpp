// Finds payment facts that the writers could not assign: a fact and its invoice were written by two transactions at the
// same time, each before the other was visible.
#pragma once

#include <atomic>
#include <chrono>

#include "postgres/pool.hpp"
#include "runtime/periodic_thread.hpp"

namespace quittance::invoice_store {

class SettlementSweep {
  public:
    // Sweeps at each `interval` once `ready` is set: first all facts, then the recent ones.
    SettlementSweep(postgres::Pool& pool, std::chrono::milliseconds interval, const std::atomic<bool>& ready);
    ~SettlementSweep() { stop(); }

    // Ends the thread after the current sweep.
    void stop() { thread_.stop(); }

  private:
    // True: no fact is left that should have an invoice.
    bool sweep_once(int window_seconds);

    postgres::Pool& pool_;
    const std::atomic<bool>& ready_;
    int window_seconds_ = 0;  // what the next sweep covers; 0: all facts
    runtime::PeriodicThread thread_;
};

}  // namespace quittance::invoice_store
