#include "edge/middleware/credentials.hpp"

#include "edge/responses/problems.hpp"

namespace quittance::edge {
namespace {

namespace asio = boost::asio;
using Outcome = std::variant<Caller, Refused>;

constexpr std::string_view kAllTeams = "billing:all-teams";

Outcome caller_of_key(const Authenticator& authenticator, Right right, const http::Request& request) {
    auto found = authenticator.api_key(request);
    if (auto* refused = std::get_if<Refused>(&found)) return std::move(*refused);
    auto& key = std::get<ApiKey>(found);
    if (!key.may(right)) {
        auto answer = refuse(request, 403, "insufficient_rights",
                             "The Api-Key does not have the right `" + std::string(word_of(right)) + "`.");
        return Refused{std::move(answer), "insufficient_rights", std::move(key.name)};
    }
    Caller caller{key.name, {}};
    caller.scope.set_all_teams(true);
    caller.may_audit = key.may(Right::kAudit);
    return caller;
}

Outcome caller_of_team(const Claims& claims, const http::Request& request) {
    const auto& team = request.path_parameters.front();
    // A team that does not exist has the same answer as a team of others.
    if (!claims.has_team(team))
        return Refused{refuse(request, 403, "forbidden", "The token does not name this team."), "other_team",
                       claims.subject};
    Caller caller{claims.subject, {}};
    caller.scope.add_team_ids(team);
    return caller;
}

// RFC 6750, 3.1. `scope`: the scopes that the request needs.
Refused lacks_scope(const Claims& claims, const http::Request& request, std::string_view scope, std::string detail) {
    auto answer = refuse(request, 403, "insufficient_scope", std::move(detail));
    answer.headers.push_back(
        {"WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"" + std::string(scope) + "\""});
    return {std::move(answer), "insufficient_scope", claims.subject};
}

Outcome caller_with_scope(const Claims& claims, std::string_view scope, const http::Request& request) {
    if (!claims.has_scope(scope))
        return lacks_scope(claims, request, scope, "The token does not have the scope of this request.");
    // The `teams` claim limits a token, also one that could see all teams.
    if (claims.names_teams && claims.teams.empty())
        return Refused{refuse(request, 403, "forbidden", "The token names no team."), "no_team", claims.subject};
    const bool all_teams = !claims.names_teams && claims.has_scope(kAllTeams);
    if (!claims.names_teams && !all_teams)
        return lacks_scope(claims, request, std::string(scope) + " " + std::string(kAllTeams),
                           "The token has no `teams` claim. Without one it needs the scope billing:all-teams.");
    Caller caller{claims.subject, {}};
    caller.scope.mutable_team_ids()->Assign(claims.teams.begin(), claims.teams.end());
    caller.scope.set_all_teams(all_teams);
    return caller;
}

}  // namespace

asio::awaitable<Outcome> authorise(Authenticator& authenticator, const Credential& credential, Right right,
                                   const http::Request& request) {
    const bool takes_key = credential.kind != Credential::Kind::kTokenOfTeam;
    const bool takes_token = credential.kind != Credential::Kind::kApiKey;
    if (takes_key && (!takes_token || http::count_headers(request.headers, "Api-Key") > 0))
        co_return caller_of_key(authenticator, right, request);
    auto bearer = co_await authenticator.bearer(request);
    if (auto* refused = std::get_if<Refused>(&bearer)) co_return std::move(*refused);
    const auto& claims = std::get<Claims>(bearer);
    if (credential.kind == Credential::Kind::kTokenOfTeam) co_return caller_of_team(claims, request);
    co_return caller_with_scope(claims, credential.scope, request);
}

}  // namespace quittance::edge
