// Reads Stripe's message about a permission that a restricted key lacks: the permission's name, and the message without
// the key, of which Stripe shows the first and last characters. Both are for the log and are not sent to callers.
#pragma once

#include <string>
#include <string_view>

namespace quittance::stripe_gateway {

// The permissions that the message names, comma-separated: "rak_invoice_write". Empty if it names none: Stripe may
// change its wording.
std::string permissions_in(std::string_view message);

// The message with each API key in it, in full or with stars, replaced by its kind: "rk_test_…".
std::string without_keys(std::string_view message);

}  // namespace quittance::stripe_gateway
