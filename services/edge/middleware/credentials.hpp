// The credential that a route asks for, as a column of its table, and the caller that it makes. It is checked once, in
// front of the handler, before anything else of the request is looked at.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "edge/auth/authenticator.hpp"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::edge {

struct Credential {
    enum class Kind {
        kApiKey,                 // the header Api-Key
        kTokenOfTeam,            // a bearer token whose `teams` name the team in the path
        kApiKeyOrTokenWithScope  // the header Api-Key, or a bearer token with `scope`
    };
    Kind kind;
    std::string_view scope;
};

inline constexpr Credential kApiKey{Credential::Kind::kApiKey, {}};
inline constexpr Credential kTokenOfTeam{Credential::Kind::kTokenOfTeam, {}};
constexpr Credential api_key_or_token(std::string_view scope) {
    return {Credential::Kind::kApiKeyOrTokenWithScope, scope};
}

struct Caller {
    std::string name;  // the API key's, or the token's subject
    v1::Scope scope;   // the invoices that the caller may see
};

// The caller, or the answer that refuses: 401, 403, or 429 where the caller asks too often. A token without a `teams`
// claim sees all teams where a scope is asked for, as an API key does.
boost::asio::awaitable<std::variant<Caller, http::Response>> authorise(Authenticator& authenticator,
                                                                       const Credential& credential,
                                                                       const http::Request& request);

}  // namespace quittance::edge
