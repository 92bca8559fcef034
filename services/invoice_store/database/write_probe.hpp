// Whether the database takes writes, for readiness. A database whose disk is full or that has become a replica still
// answers every SELECT, so it is the writers who notice; and since an instance that is not ready gets no more writes
// that could prove the opposite, the probe writes something itself until it works again.
#pragma once

#include <atomic>
#include <chrono>

#include "postgres/pool.hpp"

namespace quittance::invoice_store {

class WriteProbe {
  public:
    // The pool must have a connection that may write.
    explicit WriteProbe(postgres::Pool& pool);

    // A batch was not written, for a reason of the database's. Thread-safe.
    void suspect() { suspected_.store(true, std::memory_order_relaxed); }

    // True: nothing was refused since a write worked last, or one works now. Blocks for about the patience at most; for
    // readiness, on the operations server's thread.
    bool writable(std::chrono::milliseconds patience);

  private:
    postgres::Pool& pool_;
    std::atomic<bool> suspected_{false};
};

}  // namespace quittance::invoice_store
