// The fuzzers' targets over their seeds and over mutants of these, the same at each run: what a fuzzer once found, and
// the commonest damage, stay found without a fuzzer.
#include <catch2/catch.hpp>
#include <random>

#include "fuzz/targets.hpp"

namespace {

using quittance::fuzz::Target;

constexpr int kMutants = 400;  // of each target
constexpr std::string_view kNul("\0", 1);
constexpr std::string_view kTokens[] = {
    kNul, "\"",  "{", "}", "[",    "]",       "null", "-1", "1e9", "9223372036854775808",
    "%",  "%zz", "&", "=", "\xFF", "\\ud800", "?",    ",",  "t=",  "v1="};

// One to four small wounds.
std::string mutant(std::string text, const std::string& other, std::mt19937_64& random) {
    const auto below = [&](std::size_t most) { return most == 0 ? 0 : static_cast<std::size_t>(random() % most); };
    for (auto wounds = 1 + below(4); wounds > 0; --wounds) {
        const auto at = below(text.size());
        const auto length = 1 + below(16);
        switch (below(5)) {
            case 0:
                if (!text.empty())
                    text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1U << below(8)));
                break;
            case 1:
                text.erase(at, length);
                break;
            case 2:
                text.insert(at, text.substr(at, length));
                break;
            case 3:
                text.insert(at, kTokens[below(std::size(kTokens))]);
                break;
            default:
                text = text.substr(0, at) + other.substr(below(other.size()));
        }
    }
    return text;
}

void run(const Target& target, const std::string& input) {
    INFO(target.name);
    INFO(input);
    CHECK_NOTHROW(target.run(input));
}

}  // namespace

TEST_CASE("no seed breaks a promise") {
    for (const auto& target : quittance::fuzz::targets()) {
        const auto seeds = target.seeds();
        CHECK(seeds.size() > 5);
        run(target, "");
        for (const auto& seed : seeds) run(target, seed);
    }
}

TEST_CASE("no damaged seed breaks a promise") {
    for (const auto& target : quittance::fuzz::targets()) {
        std::mt19937_64 random(20261122);
        const auto seeds = target.seeds();
        for (int i = 0; i < kMutants; ++i)
            run(target, mutant(seeds[random() % seeds.size()], seeds[random() % seeds.size()], random));
    }
}
