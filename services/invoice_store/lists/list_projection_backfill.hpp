// Writes list projections that lists found missing: those of rows older than the column, and those that the trigger
// removed. It works slowly, beside the events. Until a projection is written, lists read the row's columns.
#pragma once

#include <condition_variable>
#include <mutex>
#include <pqxx/pqxx>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "postgres/pool.hpp"
#include "runtime/metrics.hpp"

namespace quittance::invoice_store {

// Writes the missing projections of these invoices, in a transaction of its own. Skips rows that another transaction
// has locked. Returns the number written.
std::size_t write_missing_projections(pqxx::connection& connection, const std::vector<std::string>& ids);

class ListProjectionBackfill {
  public:
    // `pool`: connections to the primary; outlives this.
    ListProjectionBackfill(postgres::Pool& pool, runtime::Metrics& metrics);
    ~ListProjectionBackfill() { stop(); }

    // Waits for the batch in progress and ends the thread.
    void stop();

    // Queues invoices, from any thread. A full queue drops ids: the next list that misses them adds them again.
    void add(const std::vector<std::string>& ids);

  private:
    void run();
    std::vector<std::string> take_batch();
    // False: the batch failed.
    bool write(const std::vector<std::string>& ids);

    postgres::Pool& pool_;
    runtime::Counter written_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::set<std::string> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace quittance::invoice_store
