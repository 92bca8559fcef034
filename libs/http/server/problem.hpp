// Error answers as application/problem+json (RFC 9457): type, title, status, detail, a stable `code`, the `requestId`,
// and for bad input an `errors` list that names every field. Nothing internal goes into them.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace quittance::http {

struct FieldError {
    std::string field;    // as the caller wrote it: "items[3].amount", "page"
    std::string message;  // a sentence
};

struct Problem {
    int status = 500;
    std::string code = "internal";  // stable, for machines: "invalid_request", "not_found"
    std::string detail;             // a sentence for a person
    std::string request_id;
    std::vector<FieldError> errors;
    boost::json::object extensions;  // further members, after the ones above (RFC 9457, 3.2)
};

// `title` is the status's reason phrase and `type` "about:blank" as the RFC says for problems that the status and code
// explain.
Response problem_response(const Problem& problem);

}  // namespace quittance::http
