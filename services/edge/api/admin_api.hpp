// The Admin API: the invoices and customers of all teams, for the back office. Callers need an Api-Key.
#pragma once

#include <array>
#include <string_view>

#include "edge/backends/backends.hpp"
#include "edge/middleware/authorised_routes.hpp"

namespace quittance::edge {

class AdminApi {
  public:
    static constexpr std::string_view kSurface = "admin";

    explicit AdminApi(Backends& backends) : backends_(backends) {}

    Answer list_invoices(const Caller& caller, const http::Request& request);
    Answer get_invoice(const Caller& caller, const http::Request& request);
    Answer create_invoice(const Caller& caller, const http::Request& request);
    Answer put_customer(const Caller& caller, const http::Request& request);
    Answer get_customer(const Caller& caller, const http::Request& request);

  private:
    // Stripe's id of the invoice that the store has for this key of a creation. Empty if it has none.
    boost::asio::awaitable<rpc::Result<std::string>> known_invoice(const std::string& key, const CallContext& context);

    Backends& backends_;
};

// The query parameters of list_invoices.
constexpr std::array<std::string_view, 8> kAdminListParameters{"page", "limit",    "status",      "team",
                                                               "user", "customer", "createdFrom", "createdTo"};

constexpr std::array<AuthorisedRoute<AdminApi>, 5> kAdminRoutes{{
    {"GET", "/admin/api/invoices", kApiKey, Right::kRead, &AdminApi::list_invoices},
    {"POST", "/admin/api/invoices", kApiKey, Right::kWrite, &AdminApi::create_invoice},
    {"GET", "/admin/api/invoices/{id}", kApiKey, Right::kRead, &AdminApi::get_invoice},
    {"PUT", "/admin/api/customers/{customer}", kApiKey, Right::kWrite, &AdminApi::put_customer},
    {"GET", "/admin/api/customers/{customer}", kApiKey, Right::kRead, &AdminApi::get_customer},
}};

}  // namespace quittance::edge
