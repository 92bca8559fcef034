#include "edge/auth/bearer_token.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <stdexcept>

extern "C" {
#include <jose/jws.h>
}

#include "base/object_id.hpp"
#include "base/text.hpp"
#include "edge/auth/key_rules.hpp"

namespace quittance::edge {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestToken = 8 * 1024;
constexpr std::size_t kMostKeys = 100;
constexpr std::size_t kMostTeams = 100;
constexpr std::size_t kLongestShownKid = 64;
struct JsonRelease {
    void operator()(json_t* value) const { json_decref(value); }
};
using Json = std::unique_ptr<json_t, JsonRelease>;

std::string text_of(const json::object& object, json::string_view name) {
    const auto* value = object.if_contains(name);
    const auto* text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string(*text) : std::string();
}

bool parse_object(std::string_view text, json::object& out) {
    json::error_code error;
    json::parse_options options;
    options.max_depth = 8;
    auto value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
    if (error || !value.is_object()) return false;
    out = std::move(value.get_object());
    return true;
}

bool names_audience(const json::object& claims, std::string_view audience) {
    const auto* aud = claims.if_contains("aud");
    if (aud == nullptr) return false;
    if (const auto* one = aud->if_string()) return *one == json::string_view(audience.data(), audience.size());
    const auto* list = aud->if_array();
    return list != nullptr && std::any_of(list->begin(), list->end(), [&](const json::value& entry) {
               const auto* text = entry.if_string();
               return text != nullptr && *text == json::string_view(audience.data(), audience.size());
           });
}

// A token of another type, such as a logout token, may have a right signature and is no credential. `typ` is a media
// type, in any case, whose "application/" may be left out (RFC 7515, 4.1.9; RFC 9068, 4).
bool names_access_token(const json::object& head) {
    constexpr std::string_view kPrefix = "application/";
    if (!head.contains("typ")) return true;
    const auto whole = text_of(head, "typ");
    std::string_view type = whole;
    if (base::equal_ignoring_case(type.substr(0, kPrefix.size()), kPrefix)) type.remove_prefix(kPrefix.size());
    return base::equal_ignoring_case(type, "JWT") || base::equal_ignoring_case(type, "at+jwt");
}

// Reads a NumericDate (RFC 7519, 2). A fraction of a second is cut off.
bool read_time(const json::object& claims, json::string_view name, std::int64_t& out) {
    const auto* value = claims.if_contains(name);
    if (value == nullptr) return false;
    if (const auto* whole = value->if_int64()) {
        out = *whole;
        return true;
    }
    constexpr double kLargestExact = 9'007'199'254'740'992.0;
    const auto* fraction = value->if_double();
    if (fraction == nullptr || !(*fraction > -kLargestExact && *fraction < kLargestExact)) return false;
    out = static_cast<std::int64_t>(*fraction);
    return true;
}

}  // namespace

struct KeySet::Keys {
    struct Key {
        std::string type;
        std::string algorithm;  // empty for any algorithm of the type and curve
        std::string curve;      // empty for RSA
        Json jwk;
    };
    std::map<std::string, Key, std::less<>> by_kid;
    std::vector<std::string> left_out;
};

KeySet KeySet::parse(std::string_view text) {
    json::object document;
    if (!parse_object(text, document)) throw std::runtime_error("the key set is not a JSON object");
    const auto* list = document.if_contains("keys");
    if (list == nullptr || !list->is_array()) throw std::runtime_error("the key set has no array `keys`");
    if (list->get_array().size() > kMostKeys) throw std::runtime_error("the key set has more than 100 keys");
    auto keys = std::make_shared<Keys>();
    for (const auto& entry : list->get_array()) {
        const auto* object = entry.if_object();
        if (object == nullptr) continue;
        const auto kid = text_of(*object, "kid");
        if (const auto problem = problem_of_key(*object); !problem.empty()) {
            keys->left_out.push_back("the key '" + kid.substr(0, kLongestShownKid) + "' " + problem);
            continue;
        }
        const auto text_of_key = json::serialize(entry);
        Json jwk(json_loads(text_of_key.c_str(), 0, nullptr));
        Keys::Key key{text_of(*object, "kty"), text_of(*object, "alg"), text_of(*object, "crv"), std::move(jwk)};
        if (key.jwk) keys->by_kid.insert_or_assign(kid, std::move(key));
    }
    if (keys->by_kid.empty())
        throw std::runtime_error("the key set has no key for signatures" +
                                 (keys->left_out.empty() ? std::string() : ": " + keys->left_out.front()));
    KeySet set;
    set.keys_ = std::move(keys);
    return set;
}

bool KeySet::contains(std::string_view kid) const {
    return keys_ && keys_->by_kid.contains(kid);
}
const std::vector<std::string>& KeySet::left_out() const {
    static const std::vector<std::string> kNone;
    return keys_ ? keys_->left_out : kNone;
}
std::size_t KeySet::size() const {
    return keys_ ? keys_->by_kid.size() : 0;
}

bool Claims::has_scope(std::string_view scope) const {
    return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}
bool Claims::has_team(std::string_view team) const {
    return std::find(teams.begin(), teams.end(), team) != teams.end();
}

boost::system::result<Claims, TokenProblem> TokenVerifier::verify(std::string_view token, const KeySet& keys,
                                                                  std::int64_t now) const {
    if (token.size() > kLongestToken) return TokenProblem{"too_long"};
    const auto first = token.find('.');
    const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
        return TokenProblem{"malformed"};
    const auto head_part = token.substr(0, first);
    const auto payload_part = token.substr(first + 1, second - first - 1);
    const auto signature_part = token.substr(second + 1);

    const auto head_text = base::from_base64url(head_part);
    const auto payload = base::from_base64url(payload_part);
    json::object head;
    if (!head_text || !payload || !parse_object(*head_text, head)) return TokenProblem{"malformed"};
    const auto algorithm = text_of(head, "alg");
    if (!allowed_algorithm(algorithm)) return TokenProblem{"algorithm"};
    if (!names_access_token(head)) return TokenProblem{"type"};
    // `crit` lists extensions that a verifier must understand (RFC 7515, 4.1.11). We know none.
    if (head.contains("crit")) return TokenProblem{"malformed"};
    const auto kid = text_of(head, "kid");
    if (kid.empty()) return TokenProblem{"no_kid"};
    if (!keys.keys_) return TokenProblem{"no_key_set", true};
    const auto found = keys.keys_->by_kid.find(kid);
    if (found == keys.keys_->by_kid.end()) return TokenProblem{"unknown_key", true};
    const auto& key = found->second;
    if (key.type != key_type_of(algorithm) || key.curve != curve_of(algorithm) ||
        (!key.algorithm.empty() && key.algorithm != algorithm))
        return TokenProblem{"algorithm"};

    const Json jws(json_pack("{s:s%,s:s%,s:s%}", "protected", head_part.data(), head_part.size(), "payload",
                             payload_part.data(), payload_part.size(), "signature", signature_part.data(),
                             signature_part.size()));
    if (!jws || !jose_jws_ver(nullptr, jws.get(), nullptr, key.jwk.get(), true)) return TokenProblem{"signature"};
    return check_claims(*payload, now);
}

std::optional<TokenProblem> TokenVerifier::problem_of_time(const Claims& claims, std::int64_t now) const {
    if (now - rules_.leeway_seconds >= claims.expires) return TokenProblem{"expired"};
    if (claims.not_before > now + rules_.leeway_seconds) return TokenProblem{"not_yet_valid"};
    return std::nullopt;
}

bool TokenVerifier::lives_too_long(std::int64_t expires, std::int64_t issued, std::int64_t now) const {
    // `iat` may lie in the future, and the difference to it may overflow for a time that is none.
    return expires > now + rules_.longest_lifetime_seconds + rules_.leeway_seconds ||
           issued < expires - rules_.longest_lifetime_seconds;
}

boost::system::result<Claims, TokenProblem> TokenVerifier::check_claims(std::string_view payload,
                                                                        std::int64_t now) const {
    json::object body;
    if (!parse_object(payload, body)) return TokenProblem{"malformed"};
    Claims claims;
    if (!read_time(body, "exp", claims.expires)) return TokenProblem{"no_expiry"};
    if (body.contains("nbf") && !read_time(body, "nbf", claims.not_before)) return TokenProblem{"malformed"};
    auto issued = claims.expires;
    if (body.contains("iat") && !read_time(body, "iat", issued)) return TokenProblem{"malformed"};
    if (auto problem = problem_of_time(claims, now)) return *problem;
    if (lives_too_long(claims.expires, issued, now)) return TokenProblem{"lifetime"};
    if (text_of(body, "iss") != rules_.issuer) return TokenProblem{"issuer"};
    if (!names_audience(body, rules_.audience)) return TokenProblem{"audience"};
    claims.subject = text_of(body, "sub");
    if (claims.subject.empty()) return TokenProblem{"no_subject"};
    if (const auto* teams = body.if_contains("teams")) {
        if (!teams->is_array()) return TokenProblem{"malformed"};
        if (teams->get_array().size() > kMostTeams) return TokenProblem{kTooManyTeams};
        claims.names_teams = true;
        for (const auto& entry : teams->get_array()) {
            const auto* team = entry.if_string();
            if (team != nullptr && base::is_object_id({team->data(), team->size()})) claims.teams.emplace_back(*team);
        }
    }
    const auto scope = text_of(body, "scope");
    for (std::size_t start = 0; start < scope.size();) {
        const auto end = std::min(scope.find(' ', start), scope.size());
        if (end > start) claims.scopes.push_back(scope.substr(start, end - start));
        start = end + 1;
    }
    return claims;
}

}  // namespace quittance::edge
