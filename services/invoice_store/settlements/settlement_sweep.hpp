// Finds payment facts that the writers could not assign: a fact and its invoice were written by two transactions at the
// same time, each before the other was visible.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "postgres/pool.hpp"

namespace quittance::invoice_store {

class SettlementSweep {
  public:
    // Sweeps at each `interval` once `ready` is set: first all facts, then the recent ones.
    SettlementSweep(postgres::Pool& pool, std::chrono::milliseconds interval, const std::atomic<bool>& ready);
    ~SettlementSweep() { stop(); }

    // Ends the thread after the current sweep.
    void stop();

  private:
    void keep_sweeping();
    // True: no fact is left that should have an invoice.
    bool sweep_once(int window_seconds);

    postgres::Pool& pool_;
    const std::chrono::milliseconds interval_;
    const std::atomic<bool>& ready_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace quittance::invoice_store
