// The steps that unary calls and streams share: read the call's metadata, check the caller, and map exceptions of the
// handler. For libs/rpc only.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <exception>
#include <optional>
#include <string>

#include "rpc/call.hpp"
#include "rpc/server/callers.hpp"

namespace quittance::rpc::detail {

// The deadline is the caller's own, and infinite if the caller set none.
Call call_of(const char* method, const grpc::CallbackServerContext& context,
             std::shared_ptr<const std::atomic<bool>> cancelled);

// Who calls, to share something out among callers: the names in the certificate, or without TLS the address.
std::string caller_of(const grpc::CallbackServerContext& context);

// PERMISSION_DENIED if there are rules and none of them allows this method to a name in the caller's certificate.
std::optional<grpc::Status> refusal_of(const Callers* callers, const Call& call,
                                       const grpc::CallbackServerContext& context);

// INTERNAL. The text of the exception goes to the log only.
grpc::Status status_of_thrown(const Call& call, const std::exception_ptr& thrown);

}  // namespace quittance::rpc::detail
