// Our own ids: invoices, users and teams have 24 lower-case hex digits (../../docs/glossary.md, "object id").
#pragma once

#include <cstddef>
#include <string_view>

#include "base/text.hpp"

namespace quittance::base {

inline constexpr std::size_t kObjectIdDigits = 24;

// False for everything else, Stripe's ids among it.
inline bool is_object_id(std::string_view text) {
    return text.size() == kObjectIdDigits && is_lower_hex(text);
}

}  // namespace quittance::base
