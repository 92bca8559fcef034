// What gRPC reads from the environment when its first object is made: whoever makes one calls this before. Inside the
// library only.
#pragma once

namespace quittance::rpc {

// An operator's own values stay.
void set_before_grpc_starts();

}  // namespace quittance::rpc
