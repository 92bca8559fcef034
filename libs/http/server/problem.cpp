#include "http/server/problem.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace quittance::http {
namespace {

// The length in bytes of the UTF-8 character at the front (RFC 3629, 4); 0 if there is none.
std::size_t character_length(std::string_view text) {
    const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto follows = [&byte](std::size_t i, unsigned least = 0x80U, unsigned most = 0xbfU) {
        return byte(i) >= least && byte(i) <= most;
    };
    const unsigned first = byte(0);
    if (first < 0x80U) return 1;
    if (first >= 0xc2U && first <= 0xdfU) return follows(1) ? 2 : 0;
    if (first >= 0xe0U && first <= 0xefU) {
        // Neither overlong forms nor surrogates.
        const bool second = follows(1, first == 0xe0U ? 0xa0U : 0x80U, first == 0xedU ? 0x9fU : 0xbfU);
        return second && follows(2) ? 3 : 0;
    }
    if (first < 0xf0U || first > 0xf4U) return 0;
    const bool second = follows(1, first == 0xf0U ? 0x90U : 0x80U, first == 0xf4U ? 0x8fU : 0xbfU);
    return second && follows(2) && follows(3) ? 4 : 0;
}

// `errors` repeats names that the caller sent, which may have any bytes. JSON is UTF-8.
std::string valid_utf8(std::string_view text) {
    constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto length = character_length(text);
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
