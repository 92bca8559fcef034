#include "http/server/problem.hpp"

#include <algorithm>
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

// Every text of ours or of Stripe's in an extension, also one level down.
void shorten_texts(boost::json::value& value) {
    if (auto* text = value.if_string())
        *text = valid_utf8(shortened({text->data(), text->size()}, kLongestProblemText));
    else if (auto* object = value.if_object())
        for (auto& member : *object) shorten_texts(member.value());
}

void add_errors(const Problem& problem, boost::json::object& body) {
    if (problem.errors.empty()) return;
    auto& errors = body["errors"].emplace_array();
    const auto shown = std::min(problem.errors.size(), kMostFieldErrors);
    for (std::size_t i = 0; i < shown; ++i) {
        const auto& error = problem.errors[i];
        errors.push_back(boost::json::object{{"field", valid_utf8(shortened(error.field, kLongestFieldName))},
                                             {"message", shortened(error.message, kLongestProblemText)}});
    }
    const auto omitted = problem.errors_omitted + problem.errors.size() - shown;
    if (omitted > 0) body["errorsOmitted"] = omitted;
}

}  // namespace

std::string shortened(std::string_view text, std::size_t most) {
    constexpr std::size_t kRoomForCount = 40;  // "… (18446744073709551615 bytes more)", and some
    if (text.size() <= most) return std::string(text);
    auto end = most > kRoomForCount ? most - kRoomForCount : 0;
    const auto inside_character = [text](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
    };
    // A character has four bytes at most. More such bytes in a row are no characters.
    for (int i = 0; i < 3 && end > 0 && inside_character(end); ++i) --end;
    return std::string(text.substr(0, end)) + "… (" + std::to_string(text.size() - end) + " bytes more)";
}

Response problem_response(const Problem& problem) {
    boost::json::object body;
    body["type"] = "about:blank";
    const auto title = reason_phrase(problem.status);
    body["title"] = boost::json::string_view(title.data(), title.size());
    body["status"] = problem.status;
    body["detail"] = valid_utf8(shortened(problem.detail, kLongestProblemText));
    body["code"] = problem.code;
    body["requestId"] = problem.request_id;
    if (!problem.trace_id.empty()) body["traceId"] = problem.trace_id;
    add_errors(problem, body);
    for (const auto& extension : problem.extensions) {
        auto [member, is_new] = body.insert(extension);
        if (is_new) shorten_texts(member->value());
    }
    Response response;
    response.status = problem.status;
    response.content_type = "application/problem+json";
    response.code = problem.code;
    response.body = boost::json::serialize(body);
    return response;
}

}  // namespace quittance::http
