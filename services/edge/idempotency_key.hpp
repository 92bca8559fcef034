// The Idempotency-Key header of the routes that write.
#pragma once

#include <string>

#include "http/message.hpp"

namespace quittance::edge {

constexpr const char* kIdempotencyKeyRule = "must be given once, with 1 to 255 visible ASCII characters";

// The caller's key, or one made for this request where it gave none. False: what it gave breaks the rule above.
bool idempotency_key_of(const http::Request& request, std::string& key);

}  // namespace quittance::edge
