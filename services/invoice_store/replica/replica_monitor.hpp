// Knows whether the replica may serve reads, and how far it is behind the primary. It polls each server every tenth of
// a second, however many reads there are.
//
// The lag needs no clocks of the servers and no writes: it is the time since the primary was first seen at a position
// that the replica has not reached.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "invoice_store/replica/server_poll.hpp"
#include "invoice_store/replica/wal_position.hpp"
#include "postgres/pool.hpp"
#include "runtime/metrics.hpp"

namespace quittance::invoice_store {

struct ReplicaOptions {
    std::string primary_url;
    std::string replica_url;
    std::chrono::milliseconds longest_lag{10'000};  // reads go to the primary while it lags more
    std::chrono::milliseconds poll_interval{100};
    int schema_version = 0;  // the least that reads need
};

class ReplicaMonitor {
  public:
    ReplicaMonitor(ReplicaOptions options, runtime::Metrics& metrics);

    // Whether reads go to the replica, or the reason why not.
    enum class Use { kYes, kUnreachable, kLag, kPosition };
    Use use_for(const WalPosition& after) const;
    // Whether the replica can replace a primary that is away, however far it lags.
    bool can_stand_in(const WalPosition& after) const;

    // Reports that the replica failed a read. No read goes there until a poll succeeds. Thread-safe.
    void suspect();

    // Whether the primary answered the last poll, at most two seconds ago.
    bool primary_answers() const;
    // A sentence about the replica for operators.
    std::string detail() const;

  private:
    void update_primary(const std::optional<ServerState>& state);
    void update_replica(const std::optional<ServerState>& state);
    // The caller holds the lock.
    bool is_ours() const;
    bool primary_is_here() const;
    std::chrono::steady_clock::duration lag() const;

    const ReplicaOptions options_;
    runtime::Gauge lag_gauge_;
    mutable std::mutex mutex_;
    std::optional<ServerState> primary_;  // its last known state
    bool primary_answered_ = false;
    std::optional<ServerState> replica_;  // unset: it did not answer
    bool suspected_ = false;
    // Positions that the primary was seen at and the replica has not reached, oldest first.
    struct Sample {
        std::chrono::steady_clock::time_point time;
        WalPosition position;
    };
    std::deque<Sample> ahead_;
    // Declared last: the polls use the members above from their start to their end.
    ServerPoll primary_poll_;
    ServerPoll replica_poll_;
};

// What reads need of the replica: its connections and its monitor.
struct Replica {
    Replica(const postgres::PoolOptions& pool_options, ReplicaOptions options, runtime::Metrics& metrics)
        : pool(pool_options, metrics), monitor(std::move(options), metrics) {}

    postgres::Pool pool;
    ReplicaMonitor monitor;
};

}  // namespace quittance::invoice_store
