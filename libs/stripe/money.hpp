// Currencies and amounts. Amounts are integers in the currency's minor unit as Stripe defines it
// (https://docs.stripe.com/currencies). Nothing here divides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quittance::stripe {

// Stripe's largest charge: twelve digits.
constexpr std::int64_t kLargestAmountMinor = 999'999'999'999;

// Takes three ASCII letters in any case and gives them in lower case. Nothing for any other text.
std::optional<std::string> normalise_currency(std::string_view currency);

// The number of digits after the point: 0 for jpy, 3 for kwd, 2 for most. isk and ugx have no fraction, but Stripe
// writes them with 2.
int exponent_of(std::string_view currency);

// "33.00 EUR", "-0.05 EUR", "3300 JPY".
std::string display_amount(std::int64_t amount_minor, std::string_view currency);

// The sum, or nothing if it exceeds 64 bits.
std::optional<std::int64_t> add(std::int64_t left, std::int64_t right);

}  // namespace quittance::stripe
