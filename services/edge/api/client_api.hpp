// The Client API: a team's own invoices, for its dashboard. Callers need a bearer token that names the team.
#pragma once

#include <array>
#include <string_view>

#include "edge/backends/backends.hpp"
#include "edge/middleware/authorised_routes.hpp"

namespace quittance::edge {

class ClientApi {
  public:
    static constexpr std::string_view kSurface = "client";

    explicit ClientApi(Backends& backends) : backends_(backends) {}

    Answer last_invoice(const Caller& caller, const http::Request& request);
    Answer billing_history(const Caller& caller, const http::Request& request);

  private:
    Backends& backends_;
};

// The query parameters of billing_history.
constexpr std::array<std::string_view, 2> kHistoryParameters{"page", "limit"};

constexpr std::array<AuthorisedRoute<ClientApi>, 2> kClientRoutes{{
    {"GET", "/api/teams/{id}/last-invoice", kTokenOfTeam, Right::kRead, &ClientApi::last_invoice},
    {"GET", "/api/teams/{id}/billing-history", kTokenOfTeam, Right::kRead, &ClientApi::billing_history},
}};

}  // namespace quittance::edge
