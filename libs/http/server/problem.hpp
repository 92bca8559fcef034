// Error answers as application/problem+json (RFC 9457): type, title, status, detail, a stable `code`, the `requestId`,
// and for bad input an `errors` list that names every field. Nothing internal goes into them. An answer repeats only so
// much of what the caller sent: longer texts and lists are cut, and the answer says so.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace quittance::http {

constexpr std::size_t kMostFieldErrors = 100;
constexpr std::size_t kLongestFieldName = 256;      // bytes of `field`
constexpr std::size_t kLongestProblemText = 1'024;  // bytes of each other text

// The text, or its beginning and how many bytes were left out: "aaa… (1048320 bytes more)". It is cut between two
// characters. `most`: bytes of all of that, 41 at least. A text that was shortened before stays as it is.
std::string shortened(std::string_view text, std::size_t most);

struct FieldError {
    std::string field;    // as the caller wrote it: "items[3].amount", "page"
    std::string message;  // a sentence
};

struct Problem {
    int status = 500;
    std::string code = "internal";  // stable, for machines: "invalid_request", "not_found"
    std::string detail;             // a sentence for a person
    std::string request_id;
    std::string trace_id{};          // left out of the body where it is empty
    std::vector<FieldError> errors;  // the first kMostFieldErrors are sent
    std::size_t errors_omitted = 0;  // how many more there are
    boost::json::object extensions;  // further members, after the ones above (RFC 9457, 3.2)
};

// `title` is the status's reason phrase and `type` "about:blank" as the RFC says for problems that the status and code
// explain. `errorsOmitted` says how many errors are not in `errors`.
Response problem_response(const Problem& problem);

}  // namespace quittance::http
