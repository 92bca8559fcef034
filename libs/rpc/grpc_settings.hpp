// Sets the environment variables that gRPC reads when its first object is made, and takes gRPC's log lines into ours.
// Code that makes such an object calls this before. For libs/rpc only.
#pragma once

namespace quittance::rpc {

// Keeps the values that an operator has set. Works once; later calls do nothing.
void set_before_grpc_starts();

}  // namespace quittance::rpc
