// Tells readiness whether the database takes writes. A database whose disk is full, or that has become a replica, still
// answers every SELECT; only writers notice. An instance that is not ready gets no writes, so the probe writes
// something itself until that succeeds.
#pragma once

#include <atomic>
#include <chrono>

#include "postgres/pool.hpp"

namespace quittance::invoice_store {

class WriteProbe {
  public:
    // The pool must have a connection that may write.
    explicit WriteProbe(postgres::Pool& pool);

    // Reports that the database refused a batch. Thread-safe.
    void suspect() { suspected_.store(true, std::memory_order_relaxed); }

    // True: no write was refused since the last success, or a write succeeds now. Blocks for about `timeout` at most.
    // For readiness, on the operations server's thread.
    bool writable(std::chrono::milliseconds timeout);

  private:
    postgres::Pool& pool_;
    std::atomic<bool> suspected_{false};
};

}  // namespace quittance::invoice_store
