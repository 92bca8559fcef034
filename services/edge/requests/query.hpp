// Query parameters of a list: each known by name, given once, and everything else refused, because a misspelt filter
// that is ignored shows what nobody asked for.
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
    // Appends to `errors`: malformed escapes, names that are not `known`, names given more than once.
    Query(std::string_view query, std::span<const std::string_view> known, std::vector<http::FieldError>& errors);

    // The decoded value; nothing where it was not given (or given twice, which is an error already).
    std::optional<std::string> value(std::string_view name) const;

  private:
    std::vector<std::pair<std::string, std::string>> values_;
};

// Decimal digits alone, within 64 bits.
std::optional<std::int64_t> whole_number(std::string_view text);

}  // namespace quittance::edge
