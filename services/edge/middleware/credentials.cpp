#include "edge/middleware/credentials.hpp"

#include "edge/responses/problems.hpp"

namespace quittance::edge {
namespace {

namespace asio = boost::asio;
using Outcome = std::variant<Caller, http::Response>;

Outcome caller_of_key(const Authenticator& authenticator, const http::Request& request) {
    auto key = authenticator.api_key(request);
    if (auto* refusal = std::get_if<http::Response>(&key)) return std::move(*refusal);
    Caller caller{std::get<std::string>(std::move(key)), {}};
    caller.scope.set_all_teams(true);
    return caller;
}

Outcome caller_of_team(const Claims& claims, const http::Request& request) {
    const auto& team = request.path_parameters.front();
    // A team that does not exist has the same answer as a team of others.
    if (!claims.has_team(team)) return refuse(request, 403, "forbidden", "The token does not name this team.");
    Caller caller{claims.subject, {}};
    caller.scope.add_team_ids(team);
    return caller;
}

Outcome caller_with_scope(const Claims& claims, std::string_view scope, const http::Request& request) {
    if (!claims.has_scope(scope)) {
        auto refusal = refuse(request, 403, "insufficient_scope", "The token does not have the scope of this request.");
        refusal.headers.push_back(
            {"WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"" + std::string(scope) + "\""});
        return refusal;
    }
    if (claims.names_teams && claims.teams.empty())
        return refuse(request, 403, "forbidden", "The token names no team.");
    // A partner's back end has a token with a scope and no `teams` claim: it may see all teams. The token of a person
    // always has the claim.
    Caller caller{claims.subject, {}};
    caller.scope.mutable_team_ids()->Assign(claims.teams.begin(), claims.teams.end());
    caller.scope.set_all_teams(!claims.names_teams);
    return caller;
}

}  // namespace

asio::awaitable<Outcome> authorise(Authenticator& authenticator, const Credential& credential,
                                   const http::Request& request) {
    const bool takes_key = credential.kind != Credential::Kind::kTokenOfTeam;
    const bool takes_token = credential.kind != Credential::Kind::kApiKey;
    if (takes_key && (!takes_token || http::count_headers(request.headers, "Api-Key") > 0))
        co_return caller_of_key(authenticator, request);
    auto bearer = co_await authenticator.bearer(request);
    if (auto* refusal = std::get_if<http::Response>(&bearer)) co_return std::move(*refusal);
    const auto& claims = std::get<Claims>(bearer);
    if (credential.kind == Credential::Kind::kTokenOfTeam) co_return caller_of_team(claims, request);
    co_return caller_with_scope(claims, credential.scope, request);
}

}  // namespace quittance::edge
