// The one error type: grpc::Status, with an ErrorDetail in its details. Functions return expected failures as values in
// a Result, from the SQL to the wire.
#pragma once

#include <grpcpp/support/status.h>

#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quittance/v1/error.pb.h"

namespace quittance::rpc {

template <class T>
using Result = boost::system::result<T, grpc::Status>;

// A status whose details hold `detail` in the format that all gRPC clients can read (see error.proto).
grpc::Status make_status(grpc::StatusCode code, std::string_view message, const v1::ErrorDetail& detail);
// The same with a reason only.
grpc::Status make_status(grpc::StatusCode code, std::string_view message, std::string_view reason);

// INVALID_ARGUMENT with every violation; reason "invalid_argument".
grpc::Status invalid_argument(const std::vector<v1::FieldViolation>& fields);
// The same, or nothing where there are no violations.
std::optional<grpc::Status> refusal_of(const std::vector<v1::FieldViolation>& violations);

// The end of a handler: moves the value into the response, or returns the error.
template <class Response>
grpc::Status move_into(Response& response, Result<Response>&& result) {
    if (result.has_error()) return std::move(result).error();
    response = std::move(*result);
    return grpc::Status::OK;
}

// Converts a status to a message and back, for batches whose items are refused one by one.
v1::StatusDetails details_of(const grpc::Status& status);
grpc::Status status_of(const v1::StatusDetails& details);

// The detail of a status. Empty if the status has no detail of a known type.
v1::ErrorDetail detail_of(const grpc::Status& status);

// True if the same call may succeed later: the service or Stripe was away, too slow or too busy.
bool is_transient(const grpc::Status& status);

// "NOT_FOUND": the code's name, for logs and metrics.
std::string_view code_name(grpc::StatusCode code);

}  // namespace quittance::rpc
