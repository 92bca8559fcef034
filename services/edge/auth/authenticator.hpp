// Checks credentials: an API key or a bearer token becomes the identity of the caller, or the answer that refuses it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <variant>

#include "edge/auth/api_key_source.hpp"
#include "edge/auth/bearer_token.hpp"
#include "edge/auth/caller_rate_limits.hpp"
#include "edge/auth/jwks_source.hpp"
#include "edge/auth/refused.hpp"
#include "edge/auth/verified_token_cache.hpp"
#include "http/message.hpp"

namespace quittance::edge {

class Authenticator {
  public:
    // `jwks` may be null if no key set is configured. Every token is refused then.
    Authenticator(ApiKeySource& keys, JwksSource* jwks, TokenRules rules, CallerRateLimits& limits,
                  runtime::Metrics& metrics);

    // The key in `Api-Key`, or a 401 or a 429.
    std::variant<ApiKey, Refused> api_key(const http::Request& request) const;

    // The claims of the token in `Authorization: Bearer …` (RFC 6750), or a 401 or a 429.
    boost::asio::awaitable<std::variant<Claims, Refused>> bearer(const http::Request& request);

  private:
    // A 429 if the caller is above its rate limit.
    std::optional<Refused> limit(const http::Request& request, const std::string& kind, const std::string& name) const;
    static Refused refuse_token(const http::Request& request, std::string_view reason);

    ApiKeySource& keys_;
    JwksSource* jwks_;
    VerifiedTokenCache tokens_;
    CallerRateLimits& limits_;
    runtime::Metrics& metrics_;
};

}  // namespace quittance::edge
