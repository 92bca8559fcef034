// What gRPC itself is told to do with our calls: spread them over all replicas that say they serve, and repeat on
// another one what may be repeated where a connection broke. Which calls those are is said in the proto
// (idempotency_level). Inside the library only.
#pragma once

#include <string>

namespace quittance::rpc {

// gRPC's service config for the services of quittance.v1 that this program knows, as JSON.
std::string service_config();

// Trailing metadata by which a service forbids to repeat a call: its failure is its own answer, not a broken
// connection.
inline constexpr const char* kNoRetryName = "grpc-retry-pushback-ms";
inline constexpr const char* kNoRetryValue = "-1";

}  // namespace quittance::rpc
