#include "http/server/problem.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"

namespace quittance::http {
namespace {

// `errors` repeats names that the caller sent, which may have any bytes. JSON is UTF-8.
std::string valid_utf8(std::string_view text) {
    constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto length = base::utf8_sequence_length(text);
        out += length > 0 ? text.substr(0, length) : kReplacement;
        text.remove_prefix(length > 0 ? length : 1);
    }
    return out;
}

}  // namespace

Response problem_response(const Problem& problem) {
    boost::json::object body;
    body["type"] = "about:blank";
    const auto title = reason_phrase(problem.status);
    body["title"] = boost::json::string_view(title.data(), title.size());
    body["status"] = problem.status;
    body["detail"] = valid_utf8(problem.detail);
    body["code"] = problem.code;
    body["requestId"] = problem.request_id;
    if (!problem.errors.empty()) {
        auto& errors = body["errors"].emplace_array();
        for (const auto& error : problem.errors)
            errors.push_back(boost::json::object{{"field", valid_utf8(error.field)}, {"message", error.message}});
    }
    for (const auto& extension : problem.extensions) body.insert(extension);
    Response response;
    response.status = problem.status;
    response.content_type = "application/problem+json";
    response.body = boost::json::serialize(body);
    return response;
}

}  // namespace quittance::http
