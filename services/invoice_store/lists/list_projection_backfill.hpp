// Writes the list entries that lists have missed: of rows from before there were any, and of those that a trigger took
// away. Slowly, beside the events: until an entry is there, a list reads the row's columns.
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

// Writes the entries of those of these invoices that have none, in a transaction of its own. One whose row somebody
// else is writing is left out. Returns how many were written.
std::size_t fill_list_entries(pqxx::connection& connection, const std::vector<std::string>& ids);

class ListEntryKeeper {
  public:
    // `pool`: of the primary; outlives this.
    ListEntryKeeper(postgres::Pool& pool, runtime::Metrics& metrics);
    ~ListEntryKeeper() { stop(); }

    // Ends the thread, after what it is at. Nothing is filled afterwards.
    void stop();

    // From any thread. What is too much at once is forgotten: the next list will miss it again.
    void fill(const std::vector<std::string>& ids);

  private:
    void keep_filling();
    std::vector<std::string> take();
    // False: it failed.
    bool write(const std::vector<std::string>& ids);

    postgres::Pool& pool_;
    prometheus::Counter& written_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::set<std::string> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace quittance::invoice_store
