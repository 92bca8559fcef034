// From a gRPC status to an HTTP problem. This is the one place where codes become statuses. It follows the comments of
// google/rpc/code.proto, except that state conflicts are 409.
#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "http/message.hpp"

namespace quittance::edge {

// The messages of the services are written for callers and are passed on. That of an internal error stays in the log.
http::Response problem_of(const grpc::Status& status, const std::string& request_id, const std::string& trace_id = {});

}  // namespace quittance::edge
