// The Idempotency-Key header of the routes that write.
#pragma once

#include <string>

#include "http/message.hpp"

namespace quittance::edge {

constexpr const char* kIdempotencyKeyRule = "must be given once, with 1 to 255 visible ASCII characters";

// The caller's key, or one made for this request where it gave none. False: what it gave breaks the rule above.
bool idempotency_key_of(const http::Request& request, std::string& key);

// A caller's key is its own word for this action on this invoice: it must not meet the key of a creation, of another
// action or of another invoice that happens to be spelt the same.
std::string key_for_action(std::string_view action, const std::string& invoice_id, const std::string& key);

}  // namespace quittance::edge
