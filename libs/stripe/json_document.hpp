// Parses a JSON text into memory that the thread keeps for the next text. A webhook is parsed, read into a message and
// dropped, so its values need no allocations of their own.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace quittance::stripe {

// The JSON text with U+FFFD for each escape of half a surrogate pair, which parsers refuse.
std::string with_whole_surrogates(std::string_view text);

// At most one per thread at a time. A lone surrogate in the text is read as U+FFFD.
class JsonDocument {
  public:
    explicit JsonDocument(std::string_view text);
    JsonDocument(const JsonDocument&) = delete;
    JsonDocument& operator=(const JsonDocument&) = delete;

    // Null if the text is no JSON object. Lives as long as the document.
    const boost::json::object* object() const;
    // Null if the text is no JSON array.
    const boost::json::array* array() const;

  private:
    bool parse(std::string_view text);

    boost::json::monotonic_resource memory_;
    std::optional<boost::json::value> value_;
};

}  // namespace quittance::stripe
