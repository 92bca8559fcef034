// A request whose credentials were refused: the answer, and what the log and the metrics say of it.
#pragma once

#include <string>
#include <string_view>

#include "http/message.hpp"

namespace quittance::edge {

struct Refused {
    http::Response answer;
    std::string_view reason;  // a constant: "invalid_api_key", "expired"
    std::string who{};        // the name of the key or the subject of the token; empty if the caller is unknown
};

}  // namespace quittance::edge
