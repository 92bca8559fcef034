// Hashes of keys in a setting, and the keys that match them.
#include "base/hashed_keys.hpp"

#include <array>
#include <catch2/catch.hpp>

using Catch::Contains;
using quittance::base::HashedKeys;

namespace {

// printf %s "$key" | sha256sum
constexpr std::string_view kAlphaHash = "8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8";  // alpha
constexpr std::string_view kBetaHash = "f44e64e75f3948e9f73f8dfa94721c4ce8cbb4f265c4790c702b2d41cfbf2753";   // beta

std::string entry(std::string_view name, std::string_view hash) {
    return std::string(name) + ":" + std::string(hash);
}

std::string upper(std::string_view text) {
    std::string out(text);
    for (auto& c : out) c = static_cast<char>(c >= 'a' && c <= 'f' ? c - 32 : c);
    return out;
}

}  // namespace

TEST_CASE("a key matches its hash and gives the name of the entry") {
    const auto keys = HashedKeys::parse("KEY_HASHES", entry("ops", kAlphaHash) + "," + entry("batch", kBetaHash));
    CHECK_FALSE(keys.empty());
    CHECK(keys.name_of("alpha") == "ops");
    CHECK(keys.name_of("beta") == "batch");
    for (const std::string& key : {"", "Alpha", "alpha ", " alpha", "alph", "alphaa", "gamma", "ops"}) {
        INFO(key);
        CHECK(keys.name_of(key).empty());
    }
    // Neither the hash nor the whole entry is a key.
    CHECK(keys.name_of(kAlphaHash).empty());
    CHECK(keys.name_of(entry("ops", kAlphaHash)).empty());
    CHECK(keys.name_of(std::string("alpha\0", 6)).empty());
    CHECK(keys.name_of(std::string(1'000'000, 'a')).empty());
}

TEST_CASE("blanks, empty entries, upper case and several keys of one name are fine") {
    const auto keys = HashedKeys::parse(
        "KEY_HASHES", " , " + entry(" ops ", " " + upper(kAlphaHash)) + " \n,, " + entry("ops", kBetaHash) + ",");
    CHECK(keys.name_of("alpha") == "ops");
    CHECK(keys.name_of("beta") == "ops");
}

TEST_CASE("without a configured key no key matches") {
    for (const std::string& text : {"", " ", ",", " , ,"}) {
        const auto keys = HashedKeys::parse("KEY_HASHES", text);
        CHECK(keys.empty());
        CHECK(keys.name_of("").empty());
        CHECK(keys.name_of("alpha").empty());
        // SHA-256 of nothing is public.
        CHECK(keys.name_of("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855").empty());
    }
    const auto keys =
        HashedKeys::parse("KEY_HASHES", "open:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(keys.name_of("").empty());
}

TEST_CASE("a wrong entry stops the start, is named, and its text is not quoted") {
    const std::string good(kAlphaHash);
    CHECK_THROWS_WITH(HashedKeys::parse("KEY_HASHES", good), Contains("KEY_HASHES") && !Contains(good));
    CHECK_THROWS_WITH(HashedKeys::parse("KEY_HASHES", ":" + good), Contains("KEY_HASHES"));
    CHECK_THROWS_WITH(HashedKeys::parse("KEY_HASHES", "ops"), Contains("KEY_HASHES"));
    for (const auto& bad : {std::string(), std::string("alpha"), good.substr(1), good + "0", "g" + good.substr(1),
                            good.substr(0, 63) + "-", "0x" + good.substr(2)}) {
        INFO(bad);
        CHECK_THROWS_WITH(HashedKeys::parse("KEY_HASHES", "fine:" + good + ",wrong:" + bad),
                          Contains("'wrong'") && Contains("64 hex digits"));
        if (!bad.empty()) CHECK_THROWS_WITH(HashedKeys::parse("KEY_HASHES", "wrong:" + bad), !Contains(bad));
    }
}

TEST_CASE("an entry may limit its key to rights, and one without rights is unlimited") {
    constexpr std::array<std::string_view, 3> kWords{"read", "write", "audit"};
    const auto rights_of = [&](const std::string& end) {
        return HashedKeys::parse("KEY_HASHES", entry("ops", kAlphaHash) + end, kWords).find("alpha").rights;
    };
    CHECK(rights_of("") == HashedKeys::kUnlimited);
    CHECK(rights_of(":read") == 1);
    CHECK(rights_of(":write+audit") == 6);
    CHECK(rights_of(" : audit + read \n") == 5);
    CHECK(rights_of(":read+read") == 1);
    for (const char* end : {":", ":+", ":Read", ":read+", ":+read", ":read+admin", ":read:write", ":all"}) {
        INFO(end);
        CHECK_THROWS_WITH(rights_of(end), Contains("KEY_HASHES") && Contains("'ops'") && Contains("read+write+audit") &&
                                              !Contains(std::string(kAlphaHash)));
    }
    CHECK(HashedKeys::parse("KEY_HASHES", entry("ops", kAlphaHash), kWords).find("beta").rights == 0);
    // A setting whose keys have no rights refuses an entry that names some.
    CHECK_THROWS_WITH(HashedKeys::parse("KEY_HASHES", entry("ops", kAlphaHash) + ":read"),
                      Contains("'ops'") && Contains("64 hex digits"));
}
