// The tokens that are accepted, and every reason for which a token is refused.
#include "edge/auth/bearer_token.hpp"

#include <openssl/hmac.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "edge/auth/verified_token_cache.hpp"
#include "unit/edge/auth/signing_key.hpp"

using namespace quittance;
namespace json = boost::json;

namespace {

constexpr std::int64_t kNow = 1'700'000'000;
constexpr const char* kTeam = "6548a41138406c14db33b606";

json::object good_claims() {
    return {{"iss", "https://issuer.test"},
            {"aud", "quittance"},
            {"sub", "user-1"},
            {"exp", kNow + 600},
            {"nbf", kNow - 10},
            {"teams", json::array{kTeam}}};
}

const test::SigningKey& rsa() {
    static const test::SigningKey kKey("rsa-1", "RS256");
    return kKey;
}

std::string refusal(const std::string& token, const edge::KeySet& keys, std::int64_t now = kNow) {
    const edge::TokenVerifier verifier({"https://issuer.test", "quittance", 30});
    const auto claims = verifier.verify(token, keys, now);
    const auto reason = claims.has_error() ? std::string(claims.error().reason) : "accepted";
    // The cache gives the same result, the first time and the next.
    edge::VerifiedTokenCache remembering({"https://issuer.test", "quittance", 30});
    for (int i = 0; i < 2; ++i) {
        const auto remembered = remembering.verify(token, keys, now);
        CHECK((remembered.has_error() ? std::string(remembered.error().reason) : "accepted") == reason);
        CHECK(remembering.size() == (remembered.has_error() ? 0 : 1));
    }
    return reason;
}

std::string refusal(const std::string& token) {
    static const auto kKeys = edge::KeySet::parse(test::key_set({&rsa()}));
    return refusal(token, kKeys);
}

std::string with(json::string_view name, const json::value& value) {
    auto claims = good_claims();
    claims[name] = value;
    return rsa().sign(claims);
}

std::string without(json::string_view name) {
    auto claims = good_claims();
    claims.erase(name);
    return rsa().sign(claims);
}

}  // namespace

TEST_CASE("a token signed with a key of the set is accepted, with every asymmetric algorithm") {
    for (const char* algorithm : {"RS256", "RS512", "PS256", "ES256", "ES384"}) {
        const test::SigningKey key("k", algorithm);
        CHECK(refusal(key.sign(good_claims()), edge::KeySet::parse(test::key_set({&key}))) == "accepted");
    }
}

TEST_CASE("the claims of an accepted token are read") {
    const auto keys = edge::KeySet::parse(test::key_set({&rsa()}));
    auto body = good_claims();
    body["scope"] = "billing:read  billing:write";
    body["teams"] = json::array{kTeam, "not an id", 7};
    const edge::TokenVerifier verifier({"https://issuer.test", "quittance", 30});
    const auto claims = verifier.verify(rsa().sign(body), keys, kNow);
    REQUIRE(claims.has_value());
    CHECK(claims->subject == "user-1");
    CHECK(claims->expires == kNow + 600);
    CHECK(claims->teams == std::vector<std::string>{kTeam});
    CHECK(claims->names_teams);
    CHECK(claims->has_scope("billing:read"));
    CHECK(claims->has_scope("billing:write"));
    CHECK_FALSE(claims->has_scope("billing"));
    CHECK_FALSE(claims->has_team("6548a41138406c14db33b607"));
}

TEST_CASE("one audience of several is enough") {
    CHECK(refusal(with("aud", json::array{"other", "quittance"})) == "accepted");
    CHECK(refusal(with("aud", json::array{"other"})) == "audience");
}

TEST_CASE("claims that are wrong or missing are refused") {
    CHECK(refusal(with("iss", "https://evil.test")) == "issuer");
    CHECK(refusal(without("iss")) == "issuer");
    CHECK(refusal(with("aud", "other")) == "audience");
    CHECK(refusal(without("aud")) == "audience");
    CHECK(refusal(without("sub")) == "no_subject");
    CHECK(refusal(without("exp")) == "no_expiry");
    CHECK(refusal(with("exp", "1900000000")) == "no_expiry");
    CHECK(refusal(with("exp", kNow - 31)) == "expired");
    CHECK(refusal(with("exp", kNow - 29)) == "accepted");
    CHECK(refusal(with("nbf", kNow + 31)) == "not_yet_valid");
    CHECK(refusal(with("nbf", kNow + 29)) == "accepted");
    CHECK(refusal(with("nbf", "soon")) == "malformed");
    CHECK(refusal(with("teams", "all")) == "malformed");
}

TEST_CASE("a token with more teams than the edge keeps is refused, and no team is left out silently") {
    json::array teams;
    for (int i = 0; i < 100; ++i) teams.emplace_back(kTeam);
    CHECK(refusal(with("teams", teams)) == "accepted");
    teams.emplace_back(kTeam);
    CHECK(refusal(with("teams", teams)) == edge::kTooManyTeams);
}

TEST_CASE("a key set with more keys than the edge keeps is refused") {
    json::array keys;
    for (int i = 0; i < 101; ++i) keys.emplace_back(json::object{{"kid", std::to_string(i)}});
    CHECK_THROWS_WITH(edge::KeySet::parse(json::serialize(json::object{{"keys", keys}})),
                      Catch::Contains("more than 100 keys"));
}

TEST_CASE("a token without signature is refused") {
    const auto body = test::base64url(json::serialize(good_claims()));
    for (const char* algorithm : {"none", "None", "NONE", ""}) {
        const auto head = test::base64url(json::serialize(json::object{{"alg", algorithm}, {"kid", "rsa-1"}}));
        CHECK(refusal(head + "." + body + ".") == "algorithm");
    }
    const auto good = rsa().sign(good_claims());
    CHECK(refusal(good.substr(0, good.rfind('.') + 1)) == "signature");
}

TEST_CASE("the public key is not an HMAC secret") {
    const auto head = test::base64url(json::serialize(json::object{{"alg", "HS256"}, {"kid", "rsa-1"}}));
    const auto signed_part = head + "." + test::base64url(json::serialize(good_claims()));
    const auto secret = json::serialize(rsa().public_jwk());
    unsigned char digest[32];
    unsigned int length = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(), digest, &length);
    const auto signature = test::base64url({reinterpret_cast<const char*>(digest), length});
    CHECK(refusal(signed_part + "." + signature) == "algorithm");
}

TEST_CASE("a key is used for its own type and algorithm only") {
    const test::SigningKey ec("ec-1", "ES256");
    const auto keys = edge::KeySet::parse(test::key_set({&rsa(), &ec}));
    CHECK(refusal(ec.sign(good_claims(), {{"kid", "rsa-1"}}), keys) == "algorithm");
    CHECK(refusal(rsa().sign(good_claims(), {{"kid", "ec-1"}}), keys) == "algorithm");
    CHECK(refusal(rsa().sign(good_claims(), {{"kid", "rsa-2"}}), keys) == "unknown_key");
    CHECK(refusal(rsa().sign(good_claims(), {{"kid", nullptr}}), keys) == "no_kid");
    CHECK(refusal(rsa().sign(good_claims(), {{"crit", json::array{"exp"}}}), keys) == "malformed");
    const test::SigningKey impostor("rsa-1", "RS256");
    CHECK(refusal(impostor.sign(good_claims()), keys) == "signature");
    auto limited = rsa().public_jwk();
    limited["alg"] = "RS512";
    const auto only_512 = edge::KeySet::parse(json::serialize(json::object{{"keys", json::array{limited}}}));
    CHECK(refusal(rsa().sign(good_claims()), only_512) == "algorithm");
}

TEST_CASE("mutilated tokens are refused") {
    const auto good = rsa().sign(good_claims());
    for (std::size_t length = 0; length < good.size(); length += 7)
        CHECK(refusal(good.substr(0, length)) != "accepted");
    CHECK(refusal(good + ".x") == "malformed");
    CHECK(refusal("a.b.c") == "malformed");
    CHECK(refusal("...") == "malformed");
    CHECK(refusal(std::string(100 * 1024, 'A')) == "too_long");
    auto other_claims = good_claims();
    other_claims["teams"] = json::array{"000000000000000000000000"};
    const auto first = good.find('.');
    const auto forged =
        good.substr(0, first + 1) + test::base64url(json::serialize(other_claims)) + good.substr(good.rfind('.'));
    CHECK(refusal(forged) == "signature");
}

TEST_CASE("a key set keeps the keys for signatures and leaves out the rest") {
    const test::SigningKey other("rsa-2", "RS256");
    auto encrypting = other.public_jwk();
    encrypting["use"] = "enc";
    const json::object secret{{"kty", "oct"}, {"kid", "s"}, {"k", "AAAA"}};
    const auto text = json::serialize(json::object{{"keys", json::array{rsa().public_jwk(), encrypting, secret, 7}}});
    const auto keys = edge::KeySet::parse(text);
    CHECK(keys.size() == 1);
    CHECK(keys.contains("rsa-1"));
    CHECK_THROWS_WITH(edge::KeySet::parse("[]"), Catch::Contains("not a JSON object"));
    CHECK_THROWS_WITH(edge::KeySet::parse("{}"), Catch::Contains("keys"));
    CHECK_THROWS_WITH(edge::KeySet::parse(R"({"keys":[]})"), Catch::Contains("no key"));
}

TEST_CASE("a token that was verified is still checked: its times, and whether its key is still in the set") {
    const test::SigningKey other("other", "RS256");
    const auto keys = edge::KeySet::parse(test::key_set({&rsa()}));
    const auto without_key = edge::KeySet::parse(test::key_set({&other}));
    const auto token = rsa().sign(good_claims());
    edge::VerifiedTokenCache tokens({"https://issuer.test", "quittance", 30});
    REQUIRE(tokens.verify(token, keys, kNow).has_value());
    CHECK(tokens.verify(token, keys, kNow)->subject == "user-1");
    CHECK(tokens.verify(token, keys, kNow + 700).error().reason == "expired");
    CHECK(tokens.verify(token, keys, kNow - 100).error().reason == "not_yet_valid");
    CHECK(tokens.verify(token, without_key, kNow).error().unknown_key);
    CHECK(tokens.verify(token, keys, kNow).has_value());
}

TEST_CASE("the number of remembered tokens is limited") {
    const auto keys = edge::KeySet::parse(test::key_set({&rsa()}));
    edge::VerifiedTokenCache tokens({"https://issuer.test", "quittance", 30}, 8);
    for (int i = 0; i < 20; ++i) {
        auto claims = good_claims();
        claims["jti"] = i;
        REQUIRE(tokens.verify(rsa().sign(claims), keys, kNow).has_value());
        CHECK(tokens.size() <= 8);
    }
}
