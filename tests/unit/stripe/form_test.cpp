// The form encoding both ways, after stripe/REFERENCE.md 1.1.
#include "stripe/form.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

using quittance::stripe::decode_form;
using quittance::stripe::encode_form;
using quittance::stripe::FormLimits;
namespace json = boost::json;

namespace {

json::object object(std::string_view text) {
    return json::parse(json::string_view(text.data(), text.size())).as_object();
}

std::string decoded(std::string_view text) {
    auto result = decode_form(text);
    return result ? json::serialize(*result) : "refused: " + result.error().message;
}

}  // namespace

TEST_CASE("encoding writes Stripe's form") {
    CHECK(encode_form(object(R"({"customer":"cus_1","auto_advance":false,"amount":-5})")) ==
          "customer=cus_1&auto_advance=false&amount=-5");
    CHECK(encode_form(object(R"({"lines":[{"amount":1,"metadata":{"a b":"c&d=é"}},{"amount":2}]})")) ==
          "lines[0][amount]=1&lines[0][metadata][a%20b]=c%26d%3D%C3%A9&lines[1][amount]=2");
    CHECK(encode_form(object(R"({"description":null,"expand":["lines","customer"],"discounts":[],"metadata":{}})")) ==
          "description=&expand[0]=lines&expand[1]=customer&discounts=");
    CHECK(encode_form({}).empty());
}

TEST_CASE("encoding keeps 64-bit integers and refuses doubles") {
    json::object limits;
    limits["least"] = std::numeric_limits<std::int64_t>::min();
    limits["most"] = std::numeric_limits<std::uint64_t>::max();
    CHECK(encode_form(limits) == "least=-9223372036854775808&most=18446744073709551615");
    json::object fraction;
    fraction["amount"] = 10.0;
    CHECK_THROWS_AS(encode_form(fraction), std::invalid_argument);
}

TEST_CASE("decoding takes every spelling of arrays, brackets and spaces") {
    CHECK(decoded("a[0]=x&a[1]=y") == R"({"a":["x","y"]})");
    CHECK(decoded("a[]=x&a[]=y") == R"({"a":["x","y"]})");
    CHECK(decoded("a%5B%5D=x&a%5b%5d=y") == R"({"a":["x","y"]})");
    CHECK(decoded("a[1]=y&a[0]=x&a[10]=z") == R"({"a":["x","y","z"]})");
    CHECK(decoded("a=one+two%20three") == R"({"a":"one two three"})");
    CHECK(decoded("created[gte]=1&created[lt]=2") == R"({"created":{"gte":"1","lt":"2"}})");
    CHECK(decoded("a=&b&&c=1") == R"({"a":"","b":"","c":"1"})");
    CHECK(decoded("") == "{}");
    CHECK(decoded("a=1&a=2") == R"({"a":"2"})");
}

TEST_CASE("an array of hashes starts a new element where a key repeats") {
    CHECK(decoded("l[][a]=1&l[][b]=2&l[][a]=3") == R"({"l":[{"a":"1","b":"2"},{"a":"3"}]})");
    CHECK(decoded("l[][p][s]=1&l[][p][e]=2&l[][p][s]=3") == R"({"l":[{"p":{"s":"1","e":"2"}},{"p":{"s":"3"}}]})");
    CHECK(decoded("l[][t][]=1&l[][t][]=2&l[][a]=x&l[][a]=y") == R"({"l":[{"t":["1","2"],"a":"x"},{"a":"y"}]})");
    CHECK(decoded("l[0][t][0]=1&l[0][t][1]=2&l[1][a]=y") == R"({"l":[{"t":["1","2"]},{"a":"y"}]})");
}

TEST_CASE("names below metadata stay names") {
    CHECK(decoded("metadata[7]=x&metadata[1]=y") == R"({"metadata":{"7":"x","1":"y"}})");
    CHECK(decoded("lines[0][metadata][0]=x") == R"({"lines":[{"metadata":{"0":"x"}}]})");
    CHECK(decoded("invoice_metadata[0]=x") == R"({"invoice_metadata":{"0":"x"}})");
}

TEST_CASE("what is no form is refused with a reason") {
    const char* texts[] = {
        "a[b=1",    "a]b=1",      "[a]=1",      "=1",           "a[b]c=1",      "a[[b]]=1",
        "a=%4",     "a=%zz",      "a=%ff",      "a=%C0%80",     "a=%ED%A0%80",  "a=%F4%90%80%80",
        "a=%E2%82", "a=1&a[b]=2", "a[b]=1&a=2", "a[]=1&a[0]=2", "a[b]=1&a[]=2", "a[1][2][3][4][5][6][7][8]=x"};
    for (const auto* text : texts) {
        INFO(text);
        const auto result = decode_form(text);
        REQUIRE(result.has_error());
        CHECK_FALSE(result.error().message.empty());
    }
    CHECK_THROWS_AS(decode_form("a[b=1").value(), std::invalid_argument);
    CHECK(decode_form("a[b]=1&a=2").error().parameter == "a");
}

TEST_CASE("limits hold") {
    CHECK(decode_form("a=1&b=2&c=3", FormLimits{100, 2, 4}).has_error());
    CHECK(decode_form("a=1&b=2", FormLimits{100, 2, 4}).has_value());
    CHECK(decode_form("a=1&b=2", FormLimits{6, 2, 4}).has_error());
    CHECK(decode_form("a[b][c]=1", FormLimits{100, 2, 2}).has_error());
    // An absurd index costs nothing: elements are packed in order.
    CHECK(decoded("a[999999]=x") == R"({"a":["x"]})");
    CHECK(decoded("a[1000000]=x") == R"({"a":{"1000000":"x"}})");
}

TEST_CASE("what is encoded decodes to the same text") {
    const auto form = object(R"({"customer":"cus_1","lines":[{"amount":"1","metadata":{"k[0]":"v","é":"ü + %"}},
                                 {"period":{"start":"1","end":"2"},"tax_rates":["a","b"]}],"expand":["lines"]})");
    auto plain = form;
    plain["lines"].as_array()[0].as_object()["metadata"].as_object().erase("k[0]");
    CHECK(decoded(encode_form(plain)) == json::serialize(plain));
}

TEST_CASE("random bytes never break the decoder") {
    std::mt19937 random(20240501);
    const std::string alphabet = "ab01[]=&%+5BDdmetadata\xC3\xA9\xFF";
    std::uniform_int_distribution<std::size_t> letter(0, alphabet.size() - 1);
    std::uniform_int_distribution<std::size_t> length(0, 60);
    for (int round = 0; round < 20'000; ++round) {
        std::string text(length(random), ' ');
        for (auto& c : text) c = alphabet[letter(random)];
        const auto result = decode_form(text);
        if (result.has_value()) {
            // The answer is valid JSON all through.
            const auto again = json::serialize(*result);
            CHECK(json::parse(again).as_object() == *result);
        }
    }
}
