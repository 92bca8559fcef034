// A secret cannot be shown: most of this test is done by the compiler.
#include "base/secret.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ostr.h>

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>
#include <sstream>
#include <type_traits>

using quittance::base::Secret;

namespace {

template <class T>
concept Printable = requires(std::ostream& stream, const T& value) {
    stream << value;
};
template <class T>
concept Appendable = requires(std::string& text, const T& value) {
    text += value;
};

static_assert(Printable<std::string> && !Printable<Secret>);
static_assert(Appendable<std::string> && !Appendable<Secret>);
static_assert(fmt::is_formattable<std::string>::value && !fmt::is_formattable<Secret>::value);
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_constructible_v<std::string, Secret>);
static_assert(!std::is_convertible_v<Secret, std::string_view> && !std::is_constructible_v<std::string_view, Secret>);
static_assert(!std::is_constructible_v<boost::json::value, Secret>);

}  // namespace

TEST_CASE("a secret holds its text and gives it to whoever asks for it by name") {
    const Secret secret("hush");
    CHECK(secret.reveal() == "hush");
    CHECK_FALSE(secret.empty());
    CHECK(Secret().empty());
    CHECK(Secret(std::string("nul\0nul", 7)).reveal().size() == 7);
}

TEST_CASE("secrets are compared with each other") {
    const bool equal = Secret("hush") == Secret(std::string("hush"));
    const bool other = Secret("hush") == Secret("hush!");
    const bool empty = Secret() == Secret("");
    CHECK(equal);
    CHECK_FALSE(other);
    CHECK(empty);
}
