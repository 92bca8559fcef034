// From a gRPC status to an HTTP problem: the one place where codes become statuses, after the comments of
// google/rpc/code.proto, with state conflicts as 409.
#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "http/message.hpp"

namespace quittance::edge {

// The services' own messages are written for callers; an internal error's is not, and stays in the log.
http::Response problem_of(const grpc::Status& status, const std::string& request_id);

}  // namespace quittance::edge
