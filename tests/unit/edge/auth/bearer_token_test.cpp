// The tokens that are accepted, and every reason for which a token is refused.
#include "edge/auth/bearer_token.hpp"

#include <openssl/hmac.h>

#include <algorithm>
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
    // The metrics know each reason from the start.
    if (claims.has_error())
        CHECK(std::count(edge::kTokenReasons.begin(), edge::kTokenReasons.end(), claims.error().reason) == 1);
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
    CHECK_FALSE(claims->has_scope("billing:all-teams"));
    CHECK(claims->teams == std::vector<std::string>{kTeam});
    CHECK(claims->names_teams);
    CHECK(claims->has_scope("billing:read"));
    CHECK(claims->has_scope("billing:write"));
    CHECK_FALSE(claims->has_scope("billing"));
    CHECK_FALSE(claims->has_team("6548a41138406c14db33b607"));
}

TEST_CASE("without a key set every token is refused, and the set should be read") {
    const edge::TokenVerifier verifier({"https://issuer.test", "quittance", 30});
    const auto claims = verifier.verify(rsa().sign(good_claims()), edge::KeySet(), kNow);
    REQUIRE(claims.has_error());
    CHECK(claims.error().reason == "no_key_set");
    CHECK(claims.error().unknown_key);
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

TEST_CASE("a token of another type is refused, and the type is compared as a media type") {
    const auto typed = [](const json::value& type) { return refusal(rsa().sign(good_claims(), {{"typ", type}})); };
    for (const char* type : {"JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/JWT"}) {
        INFO(type);
        CHECK(typed(type) == "accepted");
    }
    CHECK(typed(nullptr) == "accepted");  // the helper leaves it out
    for (const char* type : {"", "logout+jwt", "dpop+jwt", "id+jwt", "JWS", "JWT ", "application/", "text/jwt",
                             "application/application/jwt", "at+jwt;v=1"}) {
        INFO(type);
        CHECK(typed(type) == "type");
    }
    CHECK(typed(7) == "type");
    CHECK(typed(json::array{"JWT"}) == "type");
}

TEST_CASE("a token may live for a day, counted from its issue and from now") {
    constexpr std::int64_t kDay = 86'400;
    const auto living = [](const json::value& issued, std::int64_t expires) {
        auto claims = good_claims();
        claims["exp"] = expires;
        claims["iat"] = issued;
        if (issued.is_null()) claims.erase("iat");
        return refusal(rsa().sign(claims));
    };
    CHECK(living(kNow, kNow + kDay) == "accepted");
    CHECK(living(kNow, kNow + kDay + 1) == "lifetime");
    CHECK(living(kNow - 600, kNow + kDay - 600) == "accepted");
    CHECK(living(kNow - 600, kNow + kDay - 599) == "lifetime");
    CHECK(living(nullptr, kNow + kDay + 30) == "accepted");  // the leeway of clocks
    CHECK(living(nullptr, kNow + kDay + 31) == "lifetime");
    // A time of issue in the future does not lengthen the life.
    CHECK(living(kNow + kDay, kNow + kDay + 600) == "lifetime");
    CHECK(living(kNow, INT64_MAX) == "lifetime");
    CHECK(living(INT64_MIN, kNow + 600) == "lifetime");
    CHECK(living("now", kNow + 600) == "malformed");
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

TEST_CASE("each elliptic algorithm takes keys of its own curve only") {
    for (const char* of_key : {"ES256", "ES384", "ES512"}) {
        const test::SigningKey key("ec", of_key);
        const auto keys = edge::KeySet::parse(test::key_set({&key}));
        for (const char* of_token : {"ES256", "ES384", "ES512"}) {
            INFO(of_key << " key, token " << of_token);
            // Only the head differs, so that the reason tells which check refused the token.
            const auto good = key.sign(good_claims());
            const auto head = json::serialize(json::object{{"alg", of_token}, {"kid", "ec"}});
            const auto changed = test::base64url(head) + good.substr(good.find('.'));
            CHECK(refusal(std::string_view(of_key) == of_token ? good : changed, keys) ==
                  (std::string_view(of_key) == of_token ? "accepted" : "algorithm"));
        }
    }
}

TEST_CASE("weak keys are left out of the set, and the set says why") {
    const auto with_rsa = [](std::size_t bytes, const std::string& exponent) {
        json::object key{{"kty", "RSA"}, {"kid", "weak"}, {"n", test::base64url(std::string(bytes, '\xff'))}};
        key["e"] = test::base64url(exponent);
        const auto set = json::serialize(json::object{{"keys", json::array{key, rsa().public_jwk()}}});
        return edge::KeySet::parse(set);
    };
    const std::string usual("\x01\x00\x01", 3);
    CHECK(with_rsa(256, usual).contains("weak"));
    CHECK(with_rsa(1'024, usual).contains("weak"));
    CHECK(with_rsa(256, std::string("\x00\x01\x00\x01", 4)).contains("weak"));
    CHECK(with_rsa(256, std::string(8, '\xff')).contains("weak"));
    for (const auto& [bytes, exponent] :
         std::vector<std::pair<std::size_t, std::string>>{{128, usual},
                                                          {255, usual},
                                                          {1'025, usual},
                                                          {256, "\x01"},
                                                          {256, "\x03"},
                                                          {256, std::string("\x01\x00\x00", 3)},
                                                          {256, std::string(9, '\xff')},
                                                          {256, ""}}) {
        const auto keys = with_rsa(bytes, exponent);
        INFO(bytes << " bytes, exponent of " << exponent.size());
        CHECK_FALSE(keys.contains("weak"));
        CHECK(keys.contains("rsa-1"));
        REQUIRE(keys.left_out().size() == 1);
        CHECK_THAT(keys.left_out().front(), Catch::StartsWith("the key 'weak' has "));
    }
    const test::SigningKey ec("ec", "ES256");
    auto other_curve = ec.public_jwk();
    other_curve["crv"] = "secp256k1";
    auto contradicted = ec.public_jwk();
    contradicted["alg"] = "ES384";
    for (const auto& key : {other_curve, contradicted})
        CHECK_THROWS_WITH(edge::KeySet::parse(json::serialize(json::object{{"keys", json::array{key}}})),
                          Catch::Contains("no key") && Catch::Contains("curve"));
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
