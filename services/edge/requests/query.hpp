// The query parameters of a list. An unknown or repeated parameter is refused: a misspelt filter that is ignored would
// show too much.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/server/problem.hpp"

namespace quittance::edge {

class Query {
  public:
    // Appends an error for a malformed escape, a name that is not `known`, and a name that is given more than once.
    Query(std::string_view query, std::span<const std::string_view> known, std::vector<http::FieldError>& errors);

    // The decoded value. Nothing if the parameter was not given, or was given twice, which is an error already.
    std::optional<std::string> value(std::string_view name) const;

  private:
    std::vector<std::pair<std::string, std::string>> values_;
};

// The number that decimal digits stand for. Nothing for any other text and beyond 64 bits.
std::optional<std::int64_t> whole_number(std::string_view text);

}  // namespace quittance::edge
