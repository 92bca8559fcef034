// Tokens whose signature was good, by their hash: who reads a list page by page sends one token again and again, and
// its signature costs more than the page. What may change is looked at each time: the time, and the set of keys.
#pragma once

#include <string>
#include <unordered_map>

#include "edge/auth/bearer_token.hpp"

namespace quittance::edge {

class VerifiedTokenCache {
  public:
    explicit VerifiedTokenCache(TokenRules rules, std::size_t most = 4'096)
        : verifier_(std::move(rules)), most_(most) {}

    // As TokenVerifier::verify. A set of keys that was read again verifies anew.
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
    // When the recent ones are half of the most, they become the older ones, and those before are forgotten.
    Tokens recent_;
    Tokens older_;
};

}  // namespace quittance::edge
