// The API key of a request: "Bearer sk_test_…" or HTTP Basic with the key as the user.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "stripe_emulator/model/model.hpp"

namespace quittance::stripe_emulator {

// The key in an Authorization header; nothing where there is none.
OptionalText api_key_of(const OptionalText& authorization);

// One of `keys`; or, where none are configured, anything that looks like a secret or restricted key.
bool is_accepted_key(std::string_view key, std::span<const std::string> keys);

}  // namespace quittance::stripe_emulator
