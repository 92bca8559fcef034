#include "edge/responses/problems.hpp"

#include "edge/responses/problem_of_status.hpp"

namespace quittance::edge {
http::Response refuse(const http::Request& request, int status, std::string code, std::string detail) {
    http::Problem problem;
    problem.status = status;
    problem.code = std::move(code);
    problem.detail = std::move(detail);
    problem.request_id = request.request_id;
    return http::problem_response(problem);
}

http::Response invalid(const http::Request& request, std::vector<http::FieldError> errors) {
    http::Problem problem;
    problem.status = 400;
    problem.code = "invalid_request";
    problem.detail = "The request is not valid.";
    problem.request_id = request.request_id;
    problem.errors = std::move(errors);
    return http::problem_response(problem);
}

http::Response no_such_invoice(const http::Request& request) {
    http::Problem problem;
    problem.status = 404;
    problem.code = "invoice_not_found";
    problem.detail = "There is no such invoice.";
    problem.request_id = request.request_id;
    problem.errors.push_back({"id", "is no invoice of ours"});
    return http::problem_response(problem);
}

http::Response nothing_to_collect(const http::Request& request, const std::string& present_status) {
    http::Problem problem;
    problem.status = 409;
    problem.code = "state_conflict";
    problem.detail = "The invoice is " + present_status + ": there is nothing to collect.";
    problem.request_id = request.request_id;
    problem.extensions["invoiceStatus"] = present_status;
    return http::problem_response(problem);
}

http::Response invoice_problem(const http::Request& request, const grpc::Status& status) {
    if (status.error_code() == grpc::StatusCode::NOT_FOUND) return no_such_invoice(request);
    return problem_of(status, request.request_id);
}

}  // namespace quittance::edge
