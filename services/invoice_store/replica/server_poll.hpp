// Polls one database server for its identity and its WAL position, on a thread and a connection of its own. A poll that
// hangs, because the server's machine vanished, blocks nothing else.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "invoice_store/replica/wal_position.hpp"
#include "runtime/periodic_thread.hpp"

namespace quittance::invoice_store {

struct ServerState {
    std::chrono::steady_clock::time_point asked;  // just before the query
    std::string cluster;                          // the same for a primary and its replicas
    std::string instance;                         // identifies this run of this server
    bool is_replica = false;
    WalPosition position;  // replayed on a replica, written on a primary
    int schema_version = 0;
};

class ServerPoll {
  public:
    // Calls `on_result` on the thread after each poll; unset: the server did not answer.
    ServerPoll(std::string url, std::chrono::milliseconds interval,
               std::function<void(const std::optional<ServerState>&)> on_result);

    // Starts the next poll at once. Thread-safe.
    void poll_now() { thread_.wake(); }

  private:
    runtime::PeriodicThread thread_;
};

}  // namespace quittance::invoice_store
