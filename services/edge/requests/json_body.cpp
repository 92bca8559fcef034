#include "edge/requests/json_body.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <iterator>

#include "base/text.hpp"

namespace quittance::edge {

namespace json = boost::json;

void BodyErrors::add(std::string_view field, std::string_view message) {
    if (errors.size() < http::kMostFieldErrors)
        errors.push_back({http::shortened(field, http::kLongestFieldName), std::string(message)});
    else
        ++errors_omitted;
}

const json::object* parse_object(std::string_view text, std::size_t depth, json::value& document, BodyErrors& errors) {
    json::parse_options options;
    options.max_depth = depth;
    json::error_code error;
    document = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
    const auto* object = error ? nullptr : document.if_object();
    errors.malformed = object == nullptr;
    if (error)
        errors.detail = "The body is not valid JSON: " + error.message() + ".";
    else if (errors.malformed)
        errors.detail = "The body must be a JSON object.";
    return object;
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_json(std::string_view content_type) {
    const auto type = content_type.substr(0, content_type.find(';'));
    std::string bare;
    std::copy_if(type.begin(), type.end(), std::back_inserter(bare), [](char c) { return c != ' ' && c != '\t'; });
    return base::equal_ignoring_case(bare, "application/json");
}

}  // namespace quittance::edge
