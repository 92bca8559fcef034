// What is known of the replica that serves reads: whether it may be asked, and how far behind the primary it is. Known
// from one look at each server every tenth of a second, whatever the number of reads.
//
// The lag is measured without clocks and without writes: it is the time since the primary first was where the replica
// is not yet.
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
    std::chrono::milliseconds look_every{100};
    int schema_version = 0;  // that reads need
};

class ReplicaWatch {
  public:
    ReplicaWatch(ReplicaOptions options, runtime::Metrics& metrics);

    // Whether reads are to go there, and if not, why not, as a word for metrics.
    enum class Use { kYes, kUnreachable, kLag, kPosition };
    Use use_for(const Position& after) const;
    // The primary is away: whether the replica can stand in, however far it lags.
    bool can_stand_in(const Position& after) const;

    // It failed a read: nothing goes there until a look has found it well. From any thread.
    void suspect();

    // Whether the primary answered the last look, two seconds ago at most.
    bool primary_answers() const;
    // For operators.
    std::string detail() const;

  private:
    void take_primary(const std::optional<ServerState>& state);
    void take_replica(const std::optional<ServerState>& state);
    // With the lock held.
    bool is_ours() const;
    bool primary_is_here() const;
    std::chrono::steady_clock::duration lag() const;

    const ReplicaOptions options_;
    prometheus::Gauge& lag_gauge_;
    mutable std::mutex mutex_;
    std::optional<ServerState> primary_;  // the last that is known of it
    bool primary_answered_ = false;
    std::optional<ServerState> replica_;  // nothing: it did not answer
    bool suspected_ = false;
    // Where the primary was and the replica is not yet, oldest first.
    struct Sample {
        std::chrono::steady_clock::time_point time;
        Position position;
    };
    std::deque<Sample> ahead_;
    // Last, so that no look comes before what it tells of, or after.
    ServerLook primary_look_;
    ServerLook replica_look_;
};

// The replica as reads need it: connections to it, and what is known of it.
struct Replica {
    Replica(const postgres::PoolOptions& pool_options, ReplicaOptions options, runtime::Metrics& metrics)
        : pool(pool_options, metrics), watch(std::move(options), metrics) {}

    postgres::Pool pool;
    ReplicaWatch watch;
};

}  // namespace quittance::invoice_store
