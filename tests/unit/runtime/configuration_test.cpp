// Settings from flags, environment variables and secret files, and the sentences about wrong ones.
#include "runtime/configuration.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "unit/runtime/child.hpp"

using namespace quittance::runtime;  // NOLINT(google-build-using-namespace)
using Catch::Contains;

namespace {

constexpr std::array<Setting, 6> kSettings{{
    {"QT_MUST", "Something that must be given.", std::nullopt},
    {"QT_NUMBER", "A number, 1 to 10.", "5"},
    {"QT_OPTIONAL", "May be left out.", ""},
    {"QT_SECRET", "A secret that must be given.", std::nullopt, Kind::kSecret},
    {"QT_SOFT_SECRET", "A secret that may be left out.", "", Kind::kSecret},
    {"QT_WORD", "One of some words.", "blue"},
}};

// Variables that go away with the test.
class Environment {
  public:
    ~Environment() {
        for (const auto& name : names_) ::unsetenv(name.c_str());
    }
    void set(const std::string& name, const std::string& value) {
        ::setenv(name.c_str(), value.c_str(), 1);
        names_.push_back(name);
    }

  private:
    std::vector<std::string> names_;
};

Configuration read(std::vector<const char*> arguments, std::span<const Setting> settings = kSettings) {
    arguments.insert(arguments.begin(), "program");
    return Configuration::read("program", "What it is about.", settings, static_cast<int>(arguments.size()),
                               arguments.data());
}

// With everything given that must be.
Configuration read_with(std::vector<const char*> arguments) {
    Environment environment;
    if (std::getenv("QT_SECRET_FILE") == nullptr) environment.set("QT_SECRET", "s");
    arguments.push_back("--qt-must=m");
    return read(std::move(arguments));
}

}  // namespace

TEST_CASE("a setting comes from its flag, else the environment, else its default") {
    Environment environment;
    CHECK(read_with({}).text("QT_WORD") == "blue");
    environment.set("QT_WORD", "red");
    CHECK(read_with({}).text("QT_WORD") == "red");
    CHECK(read_with({"--qt-word", "green"}).text("QT_WORD") == "green");
    CHECK(read_with({"--qt-word=green"}).text("QT_WORD") == "green");
    CHECK(read_with({"--qt-word="}).text("QT_WORD").empty());
    CHECK(read_with({"--qt-word=a=b"}).text("QT_WORD") == "a=b");
    CHECK(read_with({}).text("QT_OPTIONAL").empty());
    CHECK_THROWS_AS(read_with({}).text("QT_UNKNOWN"), std::logic_error);
}

TEST_CASE("what is missing or unknown is named") {
    CHECK_THROWS_WITH(read({}), Contains("QT_MUST"));
    CHECK_THROWS_WITH(read({"--qt-must=m"}), Contains("QT_SECRET"));
    CHECK_THROWS_WITH(read_with({"--qt-other=1"}), Contains("--qt-other"));
    CHECK_THROWS_WITH(read_with({"stray"}), Contains("stray"));
    CHECK_THROWS_WITH(read_with({"-h"}), Contains("-h"));
    CHECK_THROWS_WITH(read({"--qt-must", "m", "--qt-word"}), Contains("--qt-word"));
    Environment environment;
    environment.set("QT_SECRET", "s");
    CHECK_THROWS_WITH(read({"--qt-must="}), Contains("QT_MUST"));
    environment.set("QT_MUST", "");
    CHECK_THROWS_AS(read({}), ConfigurationError);
}

TEST_CASE("a secret is no flag, and the refusal does not quote it") {
    for (const auto& arguments : {std::vector<const char*>{"--qt-must=m", "--qt-secret=hush"},
                                  {"--qt-must=m", "--qt-secret", "hush"},
                                  {"--qt-must=m", "--qt-soft-secret="}})
        CHECK_THROWS_WITH(read(arguments),
                          Contains("a secret is no flag") && Contains("SECRET_FILE") && !Contains("hush"));
}

TEST_CASE("a secret is read as a secret, and nothing else is") {
    const auto configuration = read_with({});
    CHECK(configuration.secret("QT_SECRET").reveal() == "s");
    CHECK_THROWS_AS(configuration.text("QT_SECRET"), std::logic_error);
    CHECK_THROWS_AS(configuration.secret("QT_WORD"), std::logic_error);
    const auto parts = split_secrets(quittance::base::Secret(" a ,, b c,\n"));
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].reveal() == "a");
    CHECK(parts[1].reveal() == "b c");
}

TEST_CASE("a secret comes from the file that is named, without its last line's end") {
    const quittance::test::TemporaryDirectory directory;
    Environment environment;
    environment.set("QT_SECRET_FILE", directory.write("secret", "hush hush\r\n\n"));
    CHECK(read({"--qt-must=m"}).secret("QT_SECRET").reveal() == "hush hush");
    CHECK(read({"--qt-must=m"}).secret_file("QT_SECRET") == directory.path() + "/secret");
    CHECK(read({"--qt-must=m"}).secret_file("QT_SOFT_SECRET").empty());

    SECTION("both the variable and its file are too many") {
        environment.set("QT_SECRET", "direct");
        CHECK_THROWS_WITH(read({"--qt-must=m"}), Contains("QT_SECRET_FILE"));
    }
    SECTION("an empty variable beside the file is nothing") {
        environment.set("QT_SECRET", "");
        CHECK(read({"--qt-must=m"}).secret("QT_SECRET").reveal() == "hush hush");
    }
    SECTION("only secrets have files") {
        environment.set("QT_WORD_FILE", directory.write("word", "red"));
        CHECK(read_with({}).text("QT_WORD") == "blue");
    }
}

TEST_CASE("a secret file that cannot be read stops the start and is never quoted") {
    const quittance::test::TemporaryDirectory directory;
    Environment environment;
    SECTION("absent") {
        environment.set("QT_SOFT_SECRET_FILE", directory.path() + "/absent");
        CHECK_THROWS_WITH(read_with({}), Contains("QT_SOFT_SECRET_FILE"));
    }
    SECTION("a directory, also where the secret may be left out") {
        environment.set("QT_SOFT_SECRET_FILE", directory.path());
        CHECK_THROWS_WITH(read_with({}), Contains("QT_SOFT_SECRET_FILE"));
    }
    SECTION("empty where it must be given") {
        environment.set("QT_SECRET_FILE", directory.write("empty", "\n"));
        CHECK_THROWS_WITH(read({"--qt-must=m"}), Contains("QT_SECRET"));
    }
    SECTION("empty where it may be left out") {
        environment.set("QT_SOFT_SECRET_FILE", directory.write("empty", ""));
        CHECK(read_with({}).secret("QT_SOFT_SECRET").empty());
    }
    SECTION("far too large") {
        environment.set("QT_SECRET_FILE", directory.write("large", std::string(100'000, 'k')));
        CHECK_THROWS_WITH(read({"--qt-must=m"}), Contains("QT_SECRET_FILE") && !Contains("kkk"));
    }
}

TEST_CASE("numbers are whole, decimal and in range") {
    for (const char* good : {"1", "10", "007"}) {
        INFO(good);
        CHECK_NOTHROW(read_with({"--qt-number", good}).integer("QT_NUMBER", 1, 10));
    }
    for (const char* bad : {"", " ", "0", "11", "-1", "+1", "1 ", " 1", "1e1", "1.0", "0x1", "one", "1,", "٣",
                            "9223372036854775808", "99999999999999999999999"}) {
        INFO(bad);
        const auto configuration = read_with({"--qt-number", bad});
        CHECK_THROWS_WITH(configuration.integer("QT_NUMBER", 1, 10),
                          Contains("QT_NUMBER") && Contains("1") && Contains("10"));
    }
    CHECK(read_with({"--qt-number=9223372036854775807"}).integer("QT_NUMBER", 1, INT64_MAX) == INT64_MAX);
}

TEST_CASE("words, booleans and lists") {
    CHECK(read_with({}).one_of("QT_WORD", {"red", "blue"}) == "blue");
    CHECK_THROWS_WITH(read_with({}).one_of("QT_WORD", {"red", "green"}), Contains("QT_WORD") && Contains("red, green"));
    CHECK(read_with({"--qt-word=true"}).boolean("QT_WORD"));
    CHECK_FALSE(read_with({"--qt-word=false"}).boolean("QT_WORD"));
    for (const char* bad : {"", "1", "yes", "TRUE", "true "}) {
        INFO(bad);
        CHECK_THROWS_AS(read_with({"--qt-word", bad}).boolean("QT_WORD"), ConfigurationError);
    }
    using List = std::vector<std::string>;
    CHECK(read_with({"--qt-word= a ,b,, c d ,\t"}).list("QT_WORD") == List{"a", "b", "c d"});
    CHECK(read_with({"--qt-word="}).list("QT_WORD").empty());
    CHECK(read_with({"--qt-word=,"}).list("QT_WORD").empty());
}

TEST_CASE("--help lists every setting and exits with 0, whatever else is missing") {
    const auto all = with_common_settings(kSettings);
    const auto result = quittance::test::in_child([&all] {
        read({"--help"}, all);
        return 3;
    });
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, Contains("program") && Contains("What it is about."));
    for (const auto& setting : all) {
        INFO(setting.name);
        CHECK_THAT(result.out, Contains(std::string(setting.name)));
        CHECK_THAT(result.out, Contains(std::string(setting.help)));
    }
    CHECK_THAT(result.out, !Contains("--qt-soft-secret") && Contains("QT_SECRET_FILE") && Contains("Default: blue.") &&
                               Contains("Must be given.") && Contains("--metrics-listen") && Contains("LOG_LEVEL") &&
                               Contains("LOG_FORMAT") && Contains("DRAIN_SECONDS"));
    CHECK_THAT(result.out, !Contains("QT_WORD_FILE"));
}

TEST_CASE("--version tells a version and exits with 0") {
    const auto result = quittance::test::in_child([] {
        read({"--version"});
        return 3;
    });
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, Catch::StartsWith("program "));
    CHECK(result.out.find_first_of("0123456789") != std::string::npos);
}
