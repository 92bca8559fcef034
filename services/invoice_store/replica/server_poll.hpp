// Polls one database server for its identity and its WAL position, on a thread and a connection of its own. A poll that
// hangs, because the server's machine vanished, blocks nothing else.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "invoice_store/replica/wal_position.hpp"

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
    ~ServerPoll();

    // Starts the next poll at once. Thread-safe.
    void poll_now();

  private:
    void keep_polling();

    const std::string url_;
    const std::chrono::milliseconds interval_;
    const std::function<void(const std::optional<ServerState>&)> on_result_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool poll_now_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace quittance::invoice_store
