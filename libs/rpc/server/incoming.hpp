// What unary calls and streams have in common when they arrive and when their handler fails. Inside the library only.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <exception>
#include <optional>

#include "rpc/call.hpp"
#include "rpc/server/callers.hpp"

namespace quittance::rpc::detail {

// Its deadline is the caller's own: infinite where it set none.
Call call_of(const char* method, const grpc::CallbackServerContext& context,
             std::shared_ptr<const std::atomic<bool>> cancelled);

// PERMISSION_DENIED where there are rules and the caller's certificate does not meet them.
std::optional<grpc::Status> refusal_of(const Callers* callers, const Call& call,
                                       const grpc::CallbackServerContext& context);

// INTERNAL; what was thrown goes to the log alone.
grpc::Status status_of_thrown(const Call& call, const std::exception_ptr& thrown);

}  // namespace quittance::rpc::detail
