// The service config of gRPC's clients: spread calls over all healthy replicas, and retry idempotent calls on another
// replica when a connection breaks. The proto marks these calls by idempotency_level. For libs/rpc only.
#pragma once

#include <string>

namespace quittance::rpc {

// The service config as JSON, for those services of quittance.v1 that are linked into this program.
std::string service_config();

// Trailing metadata by which a server forbids gRPC to retry a call: the failure is the handler's status and not a
// broken connection.
inline constexpr const char* kNoRetryName = "grpc-retry-pushback-ms";
inline constexpr const char* kNoRetryValue = "-1";

}  // namespace quittance::rpc
