// Bearer tokens: JSON Web Tokens (RFC 7519) signed with a key of a JSON Web Key Set (RFC 7517), checked by a JOSE
// library. Only asymmetric algorithms: never `none`, never an HMAC whose secret would be our public key.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quittance::edge {

// The public keys that may sign.
class KeySet {
  public:
    // A JWK set as JSON. Keys that are not for signatures, not asymmetric, or without kid are left out. Throws
    // std::runtime_error where the text is no key set or no key is left.
    static KeySet parse(std::string_view json);

    bool contains(std::string_view kid) const;
    std::size_t size() const;
    // True where it is a copy of this very set: the text was not read again in between.
    bool is_copy_of(const KeySet& other) const { return keys_ == other.keys_; }

  private:
    friend class TokenVerifier;
    struct Keys;
    std::shared_ptr<const Keys> keys_;
};

// Who a token speaks for.
struct Claims {
    std::string subject;              // `sub`, never empty
    std::vector<std::string> teams;   // `teams`, 24 hex digits each; others are left out
    bool names_teams = false;         // there is a `teams` claim, be it empty
    std::vector<std::string> scopes;  // `scope`, split at blanks
    std::int64_t expires = 0;         // `exp`, Unix seconds
    std::int64_t not_before = 0;      // `nbf`, or 0

    bool has_scope(std::string_view scope) const;
    bool has_team(std::string_view team) const;
};

// Why a token is refused. The client hears "invalid_token" and the sentence, never which check came close.
struct TokenProblem {
    std::string_view reason;   // for metrics and the log: "expired", "unknown_key", …
    bool unknown_key = false;  // the set may be out of date: read it again, if that is allowed now
};

struct TokenRules {
    std::string issuer;
    std::string audience;
    std::int64_t leeway_seconds = 30;
};

class TokenVerifier {
  public:
    explicit TokenVerifier(TokenRules rules) : rules_(std::move(rules)) {}

    // `now`: Unix seconds. A token longer than 8 KiB is refused unread.
    boost::system::result<Claims, TokenProblem> verify(std::string_view token, const KeySet& keys,
                                                       std::int64_t now) const;

    // Whether claims that were verified before are in force at this moment.
    std::optional<TokenProblem> problem_of_time(const Claims& claims, std::int64_t now) const;

  private:
    boost::system::result<Claims, TokenProblem> check_claims(std::string_view payload, std::int64_t now) const;

    TokenRules rules_;
};

}  // namespace quittance::edge
