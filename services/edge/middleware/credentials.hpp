// The credential of a route, a column in the table of its surface, and the caller that it identifies. The server has
// read the header of the request by then. The credential is checked before the query is looked at and the body is read.
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
    std::string name;        // the API key's, or the token's subject
    v1::Scope scope;         // the teams whose invoices the caller may see
    bool may_audit = false;  // an API key with the right `audit`: an operator
};

// The caller, or the refusal: 401, 403, or 429 above the rate limit. An API key needs `right`, a token
// the scope of the credential. For a route with a scope, a token sees the teams of its `teams` claim. Without the claim
// it needs the scope billing:all-teams, and sees all: a claim that an issuer forgot must not open every team's data.
boost::asio::awaitable<std::variant<Caller, Refused>> authorise(Authenticator& authenticator,
                                                                const Credential& credential, Right right,
                                                                const http::Request& request);

}  // namespace quittance::edge
