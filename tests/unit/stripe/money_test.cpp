// Currencies: Stripe's exponents, display without division, sums that cannot wrap.
#include "stripe/money.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <string>

using namespace quittance::stripe;  // NOLINT(google-build-using-namespace): a test of its own

TEST_CASE("currencies have the digits that Stripe gives them") {
    for (const std::string code :
         {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}) {
        INFO(code);
        CHECK(exponent_of(code) == 0);
    }
    for (const std::string code : {"bhd", "jod", "kwd", "omr", "tnd"}) {
        INFO(code);
        CHECK(exponent_of(code) == 3);
    }
    // isk and ugx have no fraction but are written with two digits; huf and twd have none in payouts alone.
    for (const std::string code : {"eur", "usd", "gbp", "chf", "isk", "ugx", "huf", "twd", "zzz"}) {
        INFO(code);
        CHECK(exponent_of(code) == 2);
    }
    CHECK(exponent_of("JPY") == 0);
    CHECK(exponent_of("KwD") == 3);
}

TEST_CASE("a currency is three letters, in lower case") {
    CHECK(normalise_currency("EUR") == "eur");
    CHECK(normalise_currency("eur") == "eur");
    for (const std::string bad : {"", "eu", "euro", "e r", "eu1", "\xC3\xA9u", "EUR "}) {
        INFO(bad);
        CHECK_FALSE(normalise_currency(bad));
    }
}

TEST_CASE("amounts are displayed by their digits alone") {
    CHECK(display_amount(3300, "eur") == "33.00 EUR");
    CHECK(display_amount(-5, "eur") == "-0.05 EUR");
    CHECK(display_amount(0, "eur") == "0.00 EUR");
    CHECK(display_amount(7, "usd") == "0.07 USD");
    CHECK(display_amount(100, "usd") == "1.00 USD");
    CHECK(display_amount(3300, "jpy") == "3300 JPY");
    CHECK(display_amount(0, "jpy") == "0 JPY");
    CHECK(display_amount(-12, "jpy") == "-12 JPY");
    CHECK(display_amount(5120, "kwd") == "5.120 KWD");
    CHECK(display_amount(-20, "kwd") == "-0.020 KWD");
    CHECK(display_amount(500, "ugx") == "5.00 UGX");
    CHECK(display_amount(kLargestAmountMinor, "eur") == "9999999999.99 EUR");
    CHECK(display_amount(std::numeric_limits<std::int64_t>::max(), "eur") == "92233720368547758.07 EUR");
    CHECK(display_amount(std::numeric_limits<std::int64_t>::min(), "eur") == "-92233720368547758.08 EUR");
}

TEST_CASE("sums stay within 64 bits or are none") {
    constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();
    constexpr auto kSmallest = std::numeric_limits<std::int64_t>::min();
    CHECK(add(1, 2) == 3);
    CHECK(add(kLargest, kSmallest) == -1);
    CHECK(add(kLargest, 0) == kLargest);
    CHECK_FALSE(add(kLargest, 1));
    CHECK_FALSE(add(kSmallest, -1));
}
