// Brings the database's schema to this program's version, however long the database takes to appear.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace quittance::invoice_store {

enum class MigrateMode {
    kAuto,  // migrate at the start
    kOff,   // wait until somebody else has
};

// Migrates now, and gives back how many scripts were applied. Throws what postgres::migrate does; a table that is in
// use is waited for by trying again, for a quarter of an hour.
int migrate_when_free(const std::string& url);

class SchemaMigrator {
  public:
    // `replica_url`, where there is one, is looked at while the primary is away: a schema that has come through to
    // there is on the primary, so reads can be served.
    SchemaMigrator(std::string url, MigrateMode mode, std::string replica_url = "");
    ~SchemaMigrator();

    // Tries on a thread of its own until the schema is right, then calls `when_ready` on that thread, once.
    void start(std::function<void()> when_ready);

    const std::atomic<bool>& ready() const { return ready_; }
    // For operators: what it waits for.
    std::string detail() const;

  private:
    void keep_trying();
    bool attempt();
    bool replica_has_schema();
    void describe(std::string detail);

    const std::string url_;
    const std::string replica_url_;
    const MigrateMode mode_;
    std::function<void()> when_ready_;
    std::atomic<bool> ready_{false};
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::string detail_ = "the schema was not looked at yet";
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace quittance::invoice_store
