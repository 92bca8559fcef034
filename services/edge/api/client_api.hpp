// The Client API: what a team's dashboard shows of its own invoices, behind a bearer token that names the team.
#pragma once

#include <array>
#include <string_view>

#include "edge/auth/authenticator.hpp"
#include "edge/backends/backends.hpp"
#include "http/server/router.hpp"

namespace quittance::edge {

class ClientApi {
  public:
    ClientApi(Backends& backends, Authenticator& authenticator) : backends_(backends), authenticator_(authenticator) {}

    boost::asio::awaitable<http::Response> last_invoice(const http::Request& request);
    boost::asio::awaitable<http::Response> billing_history(const http::Request& request);

  private:
    // The team in the path if the token names it, else a 401 or 403.
    boost::asio::awaitable<std::variant<std::string, http::Response>> team_of(const http::Request& request);

    Backends& backends_;
    Authenticator& authenticator_;
};

// The query parameters of billing_history.
constexpr std::array<std::string_view, 2> kHistoryParameters{"page", "limit"};

constexpr std::array<http::RouteOf<ClientApi>, 2> kClientRoutes{{
    {"GET", "/api/teams/{id}/last-invoice", &ClientApi::last_invoice},
    {"GET", "/api/teams/{id}/billing-history", &ClientApi::billing_history},
}};

}  // namespace quittance::edge
