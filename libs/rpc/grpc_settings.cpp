#include "rpc/grpc_settings.hpp"

#include <absl/synchronization/mutex.h>
#include <grpc/support/log.h>

#include <cstdlib>
#include <mutex>

#include "rpc/grpc_log.hpp"

namespace quittance::rpc {

void set_before_grpc_starts() {
    static std::once_flag once;
    std::call_once(once, [] {
        // A channel without calls makes progress only at these polls, by default every 5 s. A TLS handshake takes four
        // polls and would time out, and readiness would learn late that a peer came or went.
        ::setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "20", 0);
        // Debian's gRPC checks the order of its locks for deadlocks. That took a twentieth of the CPU time of a get.
        absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
        gpr_set_log_function([](gpr_log_func_args* line) { log_line_of_grpc(*line); });
    });
}

}  // namespace quittance::rpc
