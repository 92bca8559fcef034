// Currencies and amounts. Amounts are integers in the currency's minor unit as Stripe defines it
// (https://docs.stripe.com/currencies); nothing here divides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quittance::stripe {

// Stripe's largest charge: twelve digits.
constexpr std::int64_t kLargestAmountMinor = 999'999'999'999;

// Three ASCII letters in any case, given back in lower case; nothing for anything else.
std::optional<std::string> normalise_currency(std::string_view currency);

// Digits after the point for display: 0 for jpy, 3 for kwd, 2 for most, and 2 for isk and ugx, which Stripe writes with
// two though they have none.
int exponent_of(std::string_view currency);

// "33.00 EUR", "-0.05 EUR", "3300 JPY".
std::string display_amount(std::int64_t amount_minor, std::string_view currency);

// The sum, or nothing where it leaves the 64 bits.
std::optional<std::int64_t> add(std::int64_t left, std::int64_t right);

}  // namespace quittance::stripe
