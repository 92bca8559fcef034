// Reads the Authorization header and checks the API key.
#include "stripe_emulator/http/credentials.hpp"

#include <algorithm>
#include <cctype>

#include "base/text.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::size_t kShortestKey = 12;

bool has_scheme(std::string_view header, std::string_view scheme) {
    if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return false;
    return std::equal(scheme.begin(), scheme.end(), header.begin(), [](char a, char b) {
        return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
    });
}

}  // namespace

OptionalText api_key_of(const OptionalText& authorization) {
    if (!authorization) return std::nullopt;
    constexpr std::string_view kBearer = "bearer";
    constexpr std::string_view kBasic = "basic";
    std::string key;
    if (has_scheme(*authorization, kBearer)) {
        key = authorization->substr(kBearer.size() + 1);
    } else if (has_scheme(*authorization, kBasic)) {
        const auto pair = base::from_base64(std::string_view(*authorization).substr(kBasic.size() + 1)).value_or("");
        key = pair.substr(0, pair.find(':'));
    }
    const auto first = key.find_first_not_of(' ');
    if (first == std::string::npos) return std::nullopt;
    return key.substr(first, key.find_last_not_of(' ') - first + 1);
}

bool is_accepted_key(std::string_view key, std::span<const std::string> keys) {
    if (!keys.empty()) return std::find(keys.begin(), keys.end(), key) != keys.end();
    constexpr std::string_view kPrefixes[] = {"sk_test_", "rk_test_", "sk_live_", "rk_live_"};
    return key.size() >= kShortestKey && std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                                                     [&](std::string_view prefix) { return key.starts_with(prefix); });
}

}  // namespace quittance::stripe_emulator
