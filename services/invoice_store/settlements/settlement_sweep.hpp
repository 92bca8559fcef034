// Finds, now and then, what the writers could not see: a fact and the invoice that it belongs to, written by two
// transactions at the same time, each before the other was visible.
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
    // Looks each `interval`, once `ready` is set; the first time at everything, then at what is recent.
    SettlementSweep(postgres::Pool& pool, std::chrono::milliseconds interval, const std::atomic<bool>& ready);
    ~SettlementSweep() { stop(); }

    // Ends the thread, after the look that it is at.
    void stop();

  private:
    void keep_looking();
    // True: it looked, and settled what it found.
    bool look(int window_seconds);

    postgres::Pool& pool_;
    const std::chrono::milliseconds interval_;
    const std::atomic<bool>& ready_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace quittance::invoice_store
