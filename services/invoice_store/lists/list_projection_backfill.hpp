// Writes list projections that lists found missing: those of rows older than the column, and those that the trigger
// removed. It works slowly, beside the events. Until a projection is written, lists read the row's columns.
#pragma once

#include <mutex>
#include <pqxx/pqxx>
#include <set>
#include <string>
#include <vector>

#include "postgres/pool.hpp"
#include "runtime/metrics.hpp"
#include "runtime/periodic_thread.hpp"

namespace quittance::invoice_store {

// Writes the missing projections of these invoices, in a transaction of its own. Skips rows that another transaction
// has locked. Returns the number written.
std::size_t write_missing_projections(pqxx::connection& connection, const std::vector<std::string>& ids);

class ListProjectionBackfill {
  public:
    // `pool`: connections to the primary; outlives this.
    ListProjectionBackfill(postgres::Pool& pool, runtime::Metrics& metrics);

    // Waits for the batch in progress and ends the thread.
    void stop() { thread_.stop(); }

    // Queues invoices, from any thread. A full queue drops ids: the next list that misses them adds them again.
    void add(const std::vector<std::string>& ids);

  private:
    runtime::Pause write_batch();
    std::vector<std::string> take_batch();
    // False: the batch failed.
    bool write(const std::vector<std::string>& ids);

    postgres::Pool& pool_;
    runtime::Counter written_;
    std::mutex mutex_;
    std::set<std::string> waiting_;
    runtime::PeriodicThread thread_;  // last: it uses the others
};

}  // namespace quittance::invoice_store
