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

// Who owns the tables and migrates them, where that is another role than the store's own.
struct SchemaOwner {
    std::string url;         // "": the store's own role migrates
    std::string store_role;  // gets the rights on rows (postgres/data_access.hpp) after the migration; "": nobody does
};

// Migrates now and returns the number of applied scripts. Retries for a quarter of an hour while a table is in use.
// Throws the exceptions of postgres::migrate and postgres::grant_data_access.
int migrate_when_free(const SchemaOwner& owner);

class SchemaMigrator {
  public:
    // While the primary is away, the schema is read from `replica_url` if that is not empty. A schema on the replica is
    // on the primary too, so reads can be served.
    SchemaMigrator(std::string url, MigrateMode mode, std::string replica_url = "", SchemaOwner owner = {});

    // Retries on a thread of its own until the schema fits, then calls `when_ready` once on that thread.
    void start(std::function<void()> when_ready);

    const std::atomic<bool>& ready() const { return ready_; }
    // The reason for waiting, for operators.
    std::string detail() const;

  private:
    bool attempt();
    // False: the store's role cannot work with the schema; detail() says why.
    bool schema_fits();
    bool replica_has_schema();
    void refuse(const std::string& reason);
    void describe(std::string detail);

    const std::string url_;
    const std::string replica_url_;
    const MigrateMode mode_;
    const SchemaOwner owner_;
    std::function<void()> when_ready_;
    std::atomic<bool> ready_{false};
    mutable std::mutex mutex_;
    std::string detail_ = "the schema was not checked yet";
    runtime::PeriodicThread thread_;
};

}  // namespace quittance::invoice_store
