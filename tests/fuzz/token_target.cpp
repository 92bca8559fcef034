// Bearer tokens and the key sets that they are checked with. The first byte chooses: 'T', a token against a key set of
// ours; 'K', a key set.
#include <map>
#include <set>
#include <stdexcept>

#include "edge/auth/bearer_token.hpp"
#include "fuzz/targets.hpp"
#include "unit/edge/auth/signing_key.hpp"

namespace quittance::fuzz {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;

const test::SigningKey& rsa_key() {
    static const test::SigningKey kKey("rsa", "RS256");
    return kKey;
}

const test::SigningKey& ec_key() {
    static const test::SigningKey kKey("ec", "ES256");
    return kKey;
}

boost::json::object claims_of(std::string_view subject) {
    return {{"iss", "https://issuer.test"},
            {"aud", "quittance"},
            {"sub", subject},
            {"exp", kNow + 600},
            {"scope", "billing:read"},
            {"teams", boost::json::array{"6548a41138406c14db33b606"}}};
}

// Tokens that were really signed, and what they say before their second dot.
const std::vector<std::string>& signed_tokens() {
    static const std::vector<std::string> kTokens = [] {
        auto expired = claims_of("user-3");
        expired["exp"] = kNow - 600;
        return std::vector<std::string>{rsa_key().sign(claims_of("user-1")), ec_key().sign(claims_of("user-2")),
                                        rsa_key().sign(expired)};
    }();
    return kTokens;
}

std::string_view signed_part(std::string_view token) {
    return token.substr(0, token.rfind('.'));
}

void check_token(std::string_view token) {
    static const auto kKeys = edge::KeySet::parse(test::key_set({&rsa_key(), &ec_key()}));
    static const edge::TokenVerifier kVerifier({"https://issuer.test", "quittance", 30});
    const auto claims = kVerifier.verify(token, kKeys, kNow);
    if (claims.has_error()) {
        must(!claims.error().reason.empty(), "a refusal has a reason");
        return;
    }
    bool is_ours = false;
    for (const auto& genuine : signed_tokens()) is_ours = is_ours || signed_part(genuine) == signed_part(token);
    must(is_ours, "only what was signed is believed");
    must(!claims->subject.empty(), "claims have a subject");
    must(claims->expires > kNow - 31, "claims that are believed are in force");
}

void check_key_set(std::string_view text) {
    try {
        const auto keys = edge::KeySet::parse(text);
        must(keys.size() > 0 && keys.size() <= 100, "a key set has between one key and a hundred");
        static const edge::TokenVerifier kVerifier({"https://issuer.test", "quittance", 30});
        for (const auto& token : signed_tokens()) static_cast<void>(kVerifier.verify(token, keys, kNow).has_value());
    } catch (const std::logic_error&) {
        throw;
    } catch (const std::runtime_error& refusal) {
        must(!std::string_view(refusal.what()).empty(), "a refused key set is refused with a reason");
    }
}

}  // namespace

void run_token(std::string_view input) {
    if (input.empty()) return;
    if (input.front() == 'K')
        check_key_set(input.substr(1));
    else
        check_token(input.substr(1));
}

std::vector<std::string> token_seeds() {
    std::vector<std::string> seeds;
    for (const auto& token : signed_tokens()) seeds.push_back("T" + token);
    seeds.emplace_back("Te30.e30.");
    seeds.push_back("K" + test::key_set({&rsa_key(), &ec_key()}));
    seeds.push_back("K" + test::key_set({&ec_key()}));
    seeds.emplace_back(R"(K{"keys":[{"kty":"oct","k":"AA","kid":"a"},{"kty":"RSA","n":"AQ","e":"AQ","kid":"b"}]})");
    return seeds;
}

}  // namespace quittance::fuzz
