// The rules of money and metadata: totals, currencies, minimum charges, decimal prices. All with integers.
#include <algorithm>
#include <array>
#include <utility>

#include "stripe/money.hpp"
#include "stripe_emulator/billing/billing.hpp"

namespace quittance::stripe_emulator {
namespace {

// Smallest charges in minor units (stripe/REFERENCE.md 8); others follow the dollar.
constexpr std::array<std::pair<std::string_view, std::int64_t>, 22> kMinimumCharges{{
    {"eur", 50},   {"usd", 50},  {"chf", 50},  {"aud", 50},     {"cad", 50},   {"sgd", 50},
    {"gbp", 30},   {"sek", 300}, {"nok", 300}, {"dkk", 250},    {"pln", 200},  {"ron", 200},
    {"aed", 200},  {"myr", 200}, {"hkd", 400}, {"huf", 17'500}, {"czk", 1500}, {"mxn", 1000},
    {"thb", 1000}, {"jpy", 50},  {"krw", 50},  {"isk", 50},
}};

constexpr std::string_view kCurrencies =
    " usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf "
    "clp cny "
    "cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk "
    "jmd jod "
    "jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad "
    "ngn nio "
    "nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb "
    "tjs tnd "
    "top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw ";

constexpr std::size_t kMetadataKeys = 50;
constexpr int kDecimalPlaces = 12;

// GCC warns of this type in standard C++ unless it is marked so.
__extension__ typedef __int128 Wide;  // NOLINT(modernize-use-using)

// A decimal number as an integer of 10^-12 units; false for anything else.
bool parse_decimal(std::string_view text, Wide& scaled) {
    const bool negative = !text.empty() && text[0] == '-';
    if (negative) text.remove_prefix(1);
    constexpr std::size_t kMostDigits = 26;
    if (text.empty() || text.size() > kMostDigits) return false;
    scaled = 0;
    int places = -1;
    bool digits = false;
    for (const char c : text) {
        if (c == '.' && places < 0) {
            places = 0;
            continue;
        }
        if (c < '0' || c > '9') return false;
        digits = true;
        if (places >= 0 && ++places > kDecimalPlaces) return false;
        scaled = scaled * 10 + (c - '0');
    }
    for (int i = std::max(places, 0); i < kDecimalPlaces; ++i) scaled *= 10;
    if (negative) scaled = -scaled;
    return digits;
}

}  // namespace

void recalculate(Account& account, Invoice& invoice) {
    // At most 250 items of at most twelve digits each: the sum stays far inside 64 bits.
    invoice.total = 0;
    for (const auto& id : invoice.items) invoice.total += account.items.find(id)->amount;
}

std::int64_t minimum_charge(std::string_view currency) {
    for (const auto& [code, minimum] : kMinimumCharges) {
        if (code == currency) return minimum;
    }
    return stripe::exponent_of(currency) == 0 ? 1 : 50;
}

Result<void> check_fraction(std::int64_t amount, std::string_view currency, std::string_view param) {
    constexpr std::array<std::string_view, 2> kWithoutFraction{"isk", "ugx"};
    constexpr std::array<std::string_view, 5> kThreeDecimals{"bhd", "jod", "kwd", "omr", "tnd"};
    const auto is_one_of = [&](const auto& codes) {
        return std::find(codes.begin(), codes.end(), currency) != codes.end();
    };
    std::string code(currency);
    std::transform(code.begin(), code.end(), code.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    if (is_one_of(kWithoutFraction) && amount % 100 != 0) {
        return invalid_request("Invalid amount. Currency " + code +
                                   " has become effectively zero-decimal and charged amounts must be evenly divisible "
                                   "by 100. See https://stripe.com/docs/currencies#special-cases for more information.",
                               param, "invalid_charge_amount_no_decimal_compatible");
    }
    if (is_one_of(kThreeDecimals) && amount % 10 != 0) {
        return invalid_request("Invalid amount. Amounts in " + code +
                                   " must have 0 as their last digit. See "
                                   "https://stripe.com/docs/currencies#three-decimal for more information.",
                               param, "invalid_charge_amount");
    }
    return {};
}

Result<void> check_chargeable(std::int64_t amount, std::string_view currency, std::string_view param) {
    if (amount < 1) {
        return parameter_invalid(param, "This value must be greater than or equal to 1.", "parameter_invalid_integer");
    }
    if (amount > kLargestAmount)
        return invalid_request("Amount must be no more than 999999999999", param, "amount_too_large");
    if (amount < minimum_charge(currency)) {
        return invalid_request("Amount must be at least " + std::to_string(minimum_charge(currency)) + " " +
                                   std::string(currency) + " in its smallest unit",
                               param, "amount_too_small");
    }
    return check_fraction(amount, currency, param);
}

Result<std::string> known_currency(std::string_view currency, std::string_view param) {
    const auto code = stripe::normalise_currency(currency);
    if (!code || kCurrencies.find(' ' + *code + ' ') == std::string_view::npos) {
        return parameter_invalid(param, "Invalid currency: " + std::string(currency) +
                                            ". Stripe currently supports these currencies:" +
                                            std::string(kCurrencies.substr(0, kCurrencies.size() - 1)));
    }
    return *code;
}

OptionalInteger multiply_decimal(std::string_view unit, std::int64_t quantity) {
    constexpr Wide kScale = 1'000'000'000'000;
    Wide scaled = 0;
    if (!parse_decimal(unit, scaled)) return std::nullopt;
    const Wide most = static_cast<Wide>(kLargestAmount) * kScale;
    if (quantity != 0 && (scaled > most || scaled < -most || quantity > kLargestAmount || quantity < 0))
        return std::nullopt;
    Wide product = 0;
    if (__builtin_mul_overflow(scaled, static_cast<Wide>(quantity), &product)) return std::nullopt;
    const Wide half = product < 0 ? -kScale / 2 : kScale / 2;
    const Wide whole = (product + half) / kScale;
    if (whole > kLargestAmount || whole < -kLargestAmount) return std::nullopt;
    return static_cast<std::int64_t>(whole);
}

Result<void> apply_metadata(const json::object& parameters, std::string_view name, json::object& metadata) {
    const auto* given = parameters.if_contains(name);
    if (given == nullptr) return {};
    if (given->is_string()) {
        metadata.clear();
        return {};
    }
    for (const auto& [key, value] : given->as_object()) {
        if (value.as_string().empty()) {
            metadata.erase(key);
        } else {
            metadata[key] = value;
        }
    }
    if (metadata.size() > kMetadataKeys) {
        return invalid_request("You can only specify up to 50 metadata keys.", name);
    }
    return {};
}

}  // namespace quittance::stripe_emulator
