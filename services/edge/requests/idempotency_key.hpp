// The Idempotency-Key header of the routes that write.
#pragma once

#include <string>

#include "http/message.hpp"

namespace quittance::edge {

constexpr const char* kIdempotencyKeyRule = "must be given once, with 1 to 255 visible ASCII characters";

// Sets `key` to the caller's key, or to a random one if the request has none. False if the key breaks the rule above.
bool idempotency_key_of(const http::Request& request, std::string& key);

// The key of one action on one invoice. A caller may use the same text for a creation, another action or another
// invoice; these keys must differ at Stripe.
std::string key_for_action(std::string_view action, const std::string& invoice_id, const std::string& key);

}  // namespace quittance::edge
