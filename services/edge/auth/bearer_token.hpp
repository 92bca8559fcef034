// Bearer tokens: JSON Web Tokens (RFC 7519), signed with a key of a JSON Web Key Set (RFC 7517). A JOSE library checks
// the signature. Only asymmetric algorithms are accepted: not `none`, and no HMAC whose secret would be the public key.
#pragma once

#include <array>
#include <boost/system/result.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quittance::edge {

// The public keys of the issuer.
class KeySet {
  public:
    // Reads a JWK set in JSON. Keys that are not for signatures, not asymmetric, weak, or without kid are left out
    // (key_rules.hpp). Throws std::runtime_error if the text is not a key set or no key is left.
    static KeySet parse(std::string_view json);

    bool contains(std::string_view kid) const;
    std::size_t size() const;
    // A sentence for each key that was left out. It quotes the key's id only.
    const std::vector<std::string>& left_out() const;
    // True if both come from one parse().
    bool is_copy_of(const KeySet& other) const { return keys_ == other.keys_; }

  private:
    friend class TokenVerifier;
    struct Keys;
    std::shared_ptr<const Keys> keys_;
};

// The claims of a valid token.
struct Claims {
    std::string subject;              // `sub`, never empty
    std::vector<std::string> teams;   // `teams`: the entries of 24 hex digits
    bool names_teams = false;         // the token has a `teams` claim, which may be empty
    std::vector<std::string> scopes;  // `scope`, split at spaces
    std::int64_t expires = 0;         // `exp`, Unix seconds
    std::int64_t not_before = 0;      // `nbf`, or 0

    bool has_scope(std::string_view scope) const;
    bool has_team(std::string_view team) const;
};

// A valid token that names more than 100 teams. A list that is cut would hide invoices from their owner.
inline constexpr std::string_view kTooManyTeams = "too_many_teams";

// Every reason for which a token is refused, in the metrics and the log.
inline constexpr std::array<std::string_view, 17> kTokenReasons{
    "missing_token", "no_key_set", "unknown_key", "no_kid",     "too_long",   "malformed",
    "algorithm",     "type",       "signature",   "no_expiry",  "expired",    "not_yet_valid",
    "lifetime",      "issuer",     "audience",    "no_subject", kTooManyTeams};

// The reason why a token is refused. The client gets `invalid_token` only, and never learns which check failed. The
// exception is kTooManyTeams, which only a token with a right signature can have.
struct TokenProblem {
    std::string_view reason;   // for metrics and the log: "expired", "unknown_key", …
    bool unknown_key = false;  // the key set may be out of date and should be read again
};

struct TokenRules {
    std::string issuer;
    std::string audience;
    std::int64_t leeway_seconds = 30;
    // From `iat` to `exp`, and from now to `exp`. A token that lives longer is refused: nobody can take it back.
    std::int64_t longest_lifetime_seconds = 86'400;
};

class TokenVerifier {
  public:
    explicit TokenVerifier(TokenRules rules) : rules_(std::move(rules)) {}

    // `now` is in Unix seconds. A token of more than 8 KiB is refused unread.
    boost::system::result<Claims, TokenProblem> verify(std::string_view token, const KeySet& keys,
                                                       std::int64_t now) const;

    // A problem if claims that were verified earlier have expired, or are not valid yet.
    std::optional<TokenProblem> problem_of_time(const Claims& claims, std::int64_t now) const;

  private:
    bool lives_too_long(std::int64_t expires, std::int64_t issued, std::int64_t now) const;
    boost::system::result<Claims, TokenProblem> check_claims(std::string_view payload, std::int64_t now) const;

    TokenRules rules_;
};

}  // namespace quittance::edge
