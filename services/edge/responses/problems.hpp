// The error answers that the REST surfaces share.
#pragma once

#include <grpcpp/support/status.h>

#include <string>
#include <vector>

#include "edge/backends/backends.hpp"
#include "http/message.hpp"
#include "http/server/problem.hpp"

namespace quittance::edge {

http::Response refuse(const http::Request& request, int status, std::string code, std::string detail);
// 400 `invalid_request` with every field.
http::Response invalid(const http::Request& request, std::vector<http::FieldError> errors);
// 404 `invoice_not_found`.
http::Response no_such_invoice(const http::Request& request);

// 409 `state_conflict` with the present state as `invoiceStatus`.
http::Response nothing_to_collect(const http::Request& request, const std::string& present_status);

// 404 for NOT_FOUND, else what the status says.
http::Response invoice_problem(const http::Request& request, const grpc::Status& status);

// The position of a write, in its answer, and in a later request that is to see it.
inline constexpr std::string_view kPositionHeader = "Quittance-Position";
inline constexpr std::string_view kReadAfterHeader = "Quittance-Read-After";

// How long a caller's answer is waited for: 5 s for reads, 30 s for what goes to Stripe.
Asking read_asking(const http::Request& request);
Asking write_asking(const http::Request& request);

}  // namespace quittance::edge
