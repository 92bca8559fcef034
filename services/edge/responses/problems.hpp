// The error answers that the REST surfaces share.
#pragma once

#include <grpcpp/support/status.h>

#include <string>
#include <vector>

#include "http/message.hpp"
#include "http/server/problem.hpp"

namespace quittance::edge {

http::Response refuse(const http::Request& request, int status, std::string code, std::string detail);
// 400 `invalid_request` with every field. `omitted`: how many more errors there are.
http::Response invalid(const http::Request& request, std::vector<http::FieldError> errors, std::size_t omitted = 0);
// 404 `invoice_not_found`.
http::Response no_such_invoice(const http::Request& request);
// 404 `customer_not_found`.
http::Response no_such_customer(const http::Request& request);

// 409 `state_conflict`: the invoice cannot be collected in its present status, which is `invoiceStatus`.
http::Response nothing_to_collect(const http::Request& request, const std::string& present_status);

// 404 `invoice_not_found` for NOT_FOUND, else problem_of(status).
http::Response invoice_problem(const http::Request& request, const grpc::Status& status);

}  // namespace quittance::edge
