#include "http/problem.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace quittance::http {

Response problem_response(const Problem& problem) {
    boost::json::object body;
    body["type"] = "about:blank";
    const auto title = reason_phrase(problem.status);
    body["title"] = boost::json::string_view(title.data(), title.size());
    body["status"] = problem.status;
    body["detail"] = problem.detail;
    body["code"] = problem.code;
    body["requestId"] = problem.request_id;
    if (!problem.errors.empty()) {
        auto& errors = body["errors"].emplace_array();
        for (const auto& error : problem.errors)
            errors.push_back(boost::json::object{{"field", error.field}, {"message", error.message}});
    }
    for (const auto& extension : problem.extensions) body.insert(extension);
    Response response;
    response.status = problem.status;
    response.content_type = "application/problem+json";
    response.body = boost::json::serialize(body);
    return response;
}

}  // namespace quittance::http
