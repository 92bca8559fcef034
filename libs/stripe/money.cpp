#include "stripe/money.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace quittance::stripe {
namespace {

// Currencies that have other than two digits in Stripe's writing. isk and ugx have no fraction, yet Stripe writes them
// with two digits (5 UGX is 500), so they are not here.
constexpr std::array<std::string_view, 15> kNoDigits{"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga",
                                                     "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"};
constexpr std::array<std::string_view, 5> kThreeDigits{"bhd", "jod", "kwd", "omr", "tnd"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::optional<std::string> normalise_currency(std::string_view currency) {
    if (currency.size() != 3) return std::nullopt;
    std::string code(currency);
    std::transform(code.begin(), code.end(), code.begin(), base::to_lower);
    if (!std::all_of(code.begin(), code.end(), [](char c) { return c >= 'a' && c <= 'z'; })) return std::nullopt;
    return code;
}

int exponent_of(std::string_view currency) {
    const auto code = normalise_currency(currency);
    if (code && contains(kNoDigits, *code)) return 0;
    if (code && contains(kThreeDigits, *code)) return 3;
    return 2;
}

std::string display_amount(std::int64_t amount_minor, std::string_view currency) {
    // The magnitude without its sign: the smallest int64 has none of its own type.
    const auto magnitude =
        amount_minor < 0 ? 0 - static_cast<std::uint64_t>(amount_minor) : static_cast<std::uint64_t>(amount_minor);
    auto digits = std::to_string(magnitude);
    const auto fraction = static_cast<std::size_t>(exponent_of(currency));
    if (digits.size() <= fraction) digits.insert(0, fraction + 1 - digits.size(), '0');
    if (fraction > 0) digits.insert(digits.size() - fraction, 1, '.');
    std::string text = amount_minor < 0 ? "-" : "";
    text += digits + " ";
    std::transform(currency.begin(), currency.end(), std::back_inserter(text), base::to_upper);
    return text;
}

std::optional<std::int64_t> add(std::int64_t left, std::int64_t right) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(left, right, &sum)) return std::nullopt;
    return sum;
}

}  // namespace quittance::stripe
