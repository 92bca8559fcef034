// Hex, base64 and UTF-8, held against the vectors of RFC 4648 and RFC 3629.
#include "base/text.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/object_id.hpp"

namespace base = quittance::base;

TEST_CASE("base64url follows the vectors of RFC 4648 without padding") {
    const std::vector<std::pair<std::string, std::string>> vectors{
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};
    for (const auto& [bytes, text] : vectors) {
        CHECK(base::to_base64url(bytes) == text);
        CHECK(base::from_base64url(text) == bytes);
    }
}

TEST_CASE("base64url refuses what is no base64url") {
    for (const auto* text : {"A", "AAAAA", "Zg==", "+__-", "/__-", "Zm 9v", "Zm9v\n", "Zm9\xc3\xa4"})
        CHECK_FALSE(base::from_base64url(text).has_value());
}

TEST_CASE("base64 is read with and without padding") {
    CHECK(base::from_base64("Zm9vYg==") == "foob");
    CHECK(base::from_base64("Zm9vYg") == "foob");
    CHECK(base::from_base64("+//+") == "\xfb\xff\xfe");
    for (const auto* text : {"=", "Zg=", "Z===", "Zm9vYg==Zg==", "-__-"})
        CHECK_FALSE(base::from_base64(text).has_value());
}

TEST_CASE("hex goes both ways") {
    const std::string bytes("\x00\x7f\xff\x10", 4);
    CHECK(base::to_hex(bytes) == "007fff10");
    CHECK(base::from_hex("007FfF10") == bytes);
    CHECK_FALSE(base::from_hex("0").has_value());
    CHECK_FALSE(base::from_hex("0g").has_value());
    CHECK(base::sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("UTF-8 is what RFC 3629 says") {
    for (const auto* good : {"", "a", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
                             "\xf4\x8f\xbf\xbf", "Grüße"})
        CHECK(base::is_utf8(good));
    // Overlong, a surrogate, beyond U+10FFFF, cut off, a continuation alone.
    for (const auto* bad : {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                            "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\x80", "a\xff"})
        CHECK_FALSE(base::is_utf8(bad));
}

TEST_CASE("an object id has 24 lower-case hex digits") {
    CHECK(base::is_object_id("6548a41138406c14db33b606"));
    for (const auto* id : {"", "6548a41138406c14db33b60", "6548a41138406c14db33b6066", "6548A41138406c14db33b606",
                           "6548a41138406c14db33b60g", "in_1OABCdEFghIJklMNopQRstUV"})
        CHECK_FALSE(base::is_object_id(id));
}

TEST_CASE("letters are compared without regard to case, and only ASCII letters") {
    CHECK(base::equal_ignoring_case("Content-Type", "content-tYPE"));
    CHECK_FALSE(base::equal_ignoring_case("[", "{"));
    CHECK_FALSE(base::equal_ignoring_case("a", "ab"));
}
