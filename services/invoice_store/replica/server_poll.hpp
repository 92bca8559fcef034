// Looks at one database server again and again, on a thread and a connection of its own: who it is and how far it has
// come. A look that hangs, because the server's machine vanished, holds up nobody but itself.
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
    std::chrono::steady_clock::time_point asked;  // before the server was
    std::string cluster;                          // the same for a primary and its replicas
    std::string instance;                         // this running server alone
    bool is_replica = false;
    Position position;  // replayed, or written where it is no replica
    int schema_version = 0;
};

class ServerLook {
  public:
    // `tell` is called on the thread after each look, with nothing where the server did not answer.
    ServerLook(std::string url, std::chrono::milliseconds every,
               std::function<void(const std::optional<ServerState>&)> tell);
    ~ServerLook();

    // Looks now rather than at its time. From any thread.
    void hurry();

  private:
    void keep_looking();

    const std::string url_;
    const std::chrono::milliseconds every_;
    const std::function<void(const std::optional<ServerState>&)> tell_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool hurry_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace quittance::invoice_store
