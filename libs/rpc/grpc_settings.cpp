#include "rpc/grpc_settings.hpp"

#include <absl/synchronization/mutex.h>

#include <cstdlib>
#include <mutex>

namespace quittance::rpc {

void set_before_grpc_starts() {
    static std::once_flag once;
    std::call_once(once, [] {
        // On a channel without calls nothing happens but at these looks, by default each 5 s: a TLS handshake, which
        // takes four of them, would never end in time, and readiness would learn late that a peer came or went.
        ::setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "20", 0);
        // Debian's gRPC looks for deadlocks in the order of its locks, which was a twentieth of the CPU of a get.
        absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    });
}

}  // namespace quittance::rpc
