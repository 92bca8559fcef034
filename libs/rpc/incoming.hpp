// What unary calls and streams have in common when they arrive and when their handler fails. Inside the library only.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <exception>

#include "rpc/call.hpp"

namespace quittance::rpc::detail {

// Its deadline is the caller's own: infinite where it set none.
Call call_of(const char* method, const grpc::CallbackServerContext& context,
             std::shared_ptr<const std::atomic<bool>> cancelled);

// INTERNAL; what was thrown goes to the log alone.
grpc::Status status_of_thrown(const Call& call, const std::exception_ptr& thrown);

}  // namespace quittance::rpc::detail
