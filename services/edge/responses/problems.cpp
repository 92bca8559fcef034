#include "edge/responses/problems.hpp"

#include "edge/responses/problem_of_status.hpp"

namespace quittance::edge {
namespace {

http::Problem problem_for(const http::Request& request, int status, std::string code, std::string detail) {
    http::Problem problem;
    problem.status = status;
    problem.code = std::move(code);
    problem.detail = std::move(detail);
    problem.request_id = request.request_id;
    problem.trace_id = base::trace_id_of(request.trace);
    return problem;
}

}  // namespace

http::Response refuse(const http::Request& request, int status, std::string code, std::string detail) {
    return http::problem_response(problem_for(request, status, std::move(code), std::move(detail)));
}

http::Response invalid(const http::Request& request, std::vector<http::FieldError> errors, std::size_t omitted) {
    auto problem = problem_for(request, 400, "invalid_request", "The request is not valid.");
    problem.errors = std::move(errors);
    problem.errors_omitted = omitted;
    return http::problem_response(problem);
}

http::Response no_such_invoice(const http::Request& request) {
    auto problem = problem_for(request, 404, "invoice_not_found", "There is no such invoice.");
    problem.errors.push_back({"id", "is not the id of an invoice"});
    return http::problem_response(problem);
}

http::Response no_such_customer(const http::Request& request) {
    return refuse(request, 404, "customer_not_found", "This customer is not registered.");
}

http::Response nothing_to_collect(const http::Request& request, const std::string& present_status) {
    auto problem = problem_for(request, 409, "state_conflict",
                               "The invoice is " + present_status + ". There is nothing to collect.");
    problem.extensions["invoiceStatus"] = present_status;
    return http::problem_response(problem);
}

http::Response invoice_problem(const http::Request& request, const grpc::Status& status) {
    if (status.error_code() == grpc::StatusCode::NOT_FOUND) return no_such_invoice(request);
    return problem_of(status, request.request_id, base::trace_id_of(request.trace));
}

}  // namespace quittance::edge
