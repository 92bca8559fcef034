// Remembers tokens with a valid signature, by their hash. A client sends one token with many requests, and the check of
// its signature costs more than a page of a list. The time and the key set may change, so they are checked each time.
#pragma once

#include <string>
#include <unordered_map>

#include "edge/auth/bearer_token.hpp"

namespace quittance::edge {

class VerifiedTokenCache {
  public:
    explicit VerifiedTokenCache(TokenRules rules, std::size_t most = 4'096)
        : verifier_(std::move(rules)), most_(most) {}

    // As TokenVerifier::verify. A token is verified again after the key set was read again.
    boost::system::result<Claims, TokenProblem> verify(std::string_view token, const KeySet& keys, std::int64_t now);

    std::size_t size() const { return recent_.size() + older_.size(); }

  private:
    struct Verified {
        Claims claims;
        KeySet keys;
    };
    using Tokens = std::unordered_map<std::string, Verified>;

    void remember(std::string hash, Verified verified);

    TokenVerifier verifier_;
    std::size_t most_;
    // When `recent_` holds half of the most, it becomes `older_`, and the previous `older_` is forgotten.
    Tokens recent_;
    Tokens older_;
};

}  // namespace quittance::edge
