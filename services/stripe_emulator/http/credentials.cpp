// Reads the Authorization header, checks the API key, and finds the account of a call.
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

bool is_accepted_key(std::string_view key, const std::vector<std::string>& keys) {
    if (!keys.empty()) return std::find(keys.begin(), keys.end(), key) != keys.end();
    constexpr std::string_view kPrefixes[] = {"sk_test_", "rk_test_", "sk_live_", "rk_live_"};
    return key.size() >= kShortestKey && std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                                                     [&](std::string_view prefix) { return key.starts_with(prefix); });
}

Result<Account*> account_of(Accounts& accounts, const std::string& key, const OptionalText& stripe_account,
                            const OptionalText& stripe_context) {
    auto& own = accounts.of_key(key);
    if (stripe_account && stripe_context) {
        return parameter_invalid("", "You may only specify one of these headers: Stripe-Account, Stripe-Context.");
    }
    const auto& named = stripe_account ? stripe_account : stripe_context;
    if (!named) return &own;
    // A context is a path of accounts. Its last segment is the account that the call acts in.
    const auto id = std::string_view(*named).substr(named->rfind('/') + 1);
    auto* found = accounts.reachable(own, id);
    if (found == nullptr) return foreign_account(key, id);
    return found;
}

}  // namespace quittance::stripe_emulator
