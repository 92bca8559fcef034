// Percent escapes, both ways.
#include "base/percent.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace quittance::base;  // NOLINT(google-build-using-namespace)

namespace {

struct Decoding {
    std::string_view text;
    bool plus_is_space;
    bool good;
    std::string_view expected;
};

}  // namespace

TEST_CASE("percent escapes decode, or are refused where they are malformed") {
    const std::vector<Decoding> cases{
        {"", false, true, ""},
        {"plain", false, true, "plain"},
        {"%41%62%7a", false, true, "Abz"},
        {"%2F%2f", false, true, "//"},
        {"a+b", false, true, "a+b"},
        {"a+b", true, true, "a b"},
        {"%2B", true, true, "+"},
        {"%2541", false, true, "%41"},
        {"%C3%A9", false, true, "\xC3\xA9"},
        {"%00", false, true, std::string_view("\0", 1)},
        {"%", false, false, ""},
        {"%4", false, false, ""},
        {"abc%", false, false, ""},
        {"abc%4", false, false, ""},
        {"%4g", false, false, ""},
        {"%g4", false, false, ""},
        {"% 4", false, false, ""},
        {"%-1", false, false, ""},
        {"%0x41", false, false, ""},
        {"%%41", false, false, ""},
        {"%4\xff", false, false, ""},
        {"+%2b+", true, true, " + "},
        {"+%", true, false, ""},
        {"%00%ff\xff", false, true, std::string_view("\0\xff\xff", 3)},
        {"\"<>^`{|}\\[]#? ", false, true, "\"<>^`{|}\\[]#? "},
    };
    for (const auto& one : cases) {
        INFO(one.text);
        std::string out = "left over";
        const bool good = percent_decode(one.text, one.plus_is_space, out);
        CHECK(good == one.good);
        if (good) CHECK(out == one.expected);
    }
}

TEST_CASE("every byte but the unreserved ones is escaped") {
    std::string out = "a=";
    append_percent_encoded(out, "AZaz09-._~");
    append_percent_encoded(out, std::string("/ +%\0\n\x7f\xc3\xa9", 9));
    CHECK(out == "a=AZaz09-._~%2F%20%2B%25%00%0A%7F%C3%A9");
}
