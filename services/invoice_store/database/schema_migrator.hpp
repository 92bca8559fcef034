// Migrates the database's schema to this program's version, and waits for the database as long as that takes.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>

#include "runtime/periodic_thread.hpp"

namespace quittance::invoice_store {

enum class MigrateMode {
    kAuto,  // migrate at the start
    kOff,   // wait until another process has migrated
};

// Migrates now and returns the number of applied scripts. Retries for a quarter of an hour while a table is in use.
// Throws the exceptions of postgres::migrate.
int migrate_when_free(const std::string& url);

class SchemaMigrator {
  public:
    // While the primary is away, the schema is read from `replica_url` if that is not empty. A schema on the replica is
    // on the primary too, so reads can be served.
    SchemaMigrator(std::string url, MigrateMode mode, std::string replica_url = "");

    // Retries on a thread of its own until the schema fits, then calls `when_ready` once on that thread.
    void start(std::function<void()> when_ready);

    const std::atomic<bool>& ready() const { return ready_; }
    // The reason for waiting, for operators.
    std::string detail() const;

  private:
    bool attempt();
    bool replica_has_schema();
    void describe(std::string detail);

    const std::string url_;
    const std::string replica_url_;
    const MigrateMode mode_;
    std::function<void()> when_ready_;
    std::atomic<bool> ready_{false};
    mutable std::mutex mutex_;
    std::string detail_ = "the schema was not checked yet";
    runtime::PeriodicThread thread_;
};

}  // namespace quittance::invoice_store
