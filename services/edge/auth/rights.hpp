// The rights of API keys. Each route declares the right that a key needs for it. A key that names no rights has all.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/hashed_keys.hpp"

namespace quittance::edge {

enum class Right {
    kRead,   // shows invoices and customers
    kWrite,  // changes something here or at Stripe
    kAudit   // shows who did what
};

// The words of a key's entry, in the order of the rights.
inline constexpr std::array<std::string_view, 3> kRightWords{"read", "write", "audit"};

constexpr std::string_view word_of(Right right) {
    return kRightWords[static_cast<std::size_t>(right)];
}

// What is known of a key that somebody presented.
struct ApiKey {
    std::string name;
    base::HashedKeys::Rights rights = 0;

    bool may(Right right) const { return (rights >> static_cast<unsigned>(right) & 1U) != 0; }
};

}  // namespace quittance::edge
