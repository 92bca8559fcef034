// The body of a request as a JSON object, and what is wrong with it.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "http/server/problem.hpp"

namespace quittance::edge {

struct BodyErrors {
    bool malformed = false;                // the body is not a JSON object, and `detail` says why
    std::string detail;                    // a sentence
    std::vector<http::FieldError> errors;  // the first mistakes in the form, with names that are cut
    std::size_t errors_omitted = 0;        // how many more there are

    void add(std::string_view field, std::string_view message);
};

// The object in `text`, kept in `document`. Null if it is not a JSON object of at most `depth` levels; `errors` then
// has the reason.
const boost::json::object* parse_object(std::string_view text, std::size_t depth, boost::json::value& document,
                                        BodyErrors& errors);

bool is_blank(std::string_view text);

// True for application/json, with parameters or without.
bool is_json(std::string_view content_type);

}  // namespace quittance::edge
