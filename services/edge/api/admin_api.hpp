// The Admin API: every team's invoices for the back office, behind Api-Key.
#pragma once

#include <array>
#include <string_view>

#include "edge/auth/authenticator.hpp"
#include "edge/backends/backends.hpp"
#include "http/server/router.hpp"

namespace quittance::edge {

class AdminApi {
  public:
    AdminApi(Backends& backends, Authenticator& authenticator) : backends_(backends), authenticator_(authenticator) {}

    boost::asio::awaitable<http::Response> list_invoices(const http::Request& request);
    boost::asio::awaitable<http::Response> get_invoice(const http::Request& request);
    boost::asio::awaitable<http::Response> create_invoice(const http::Request& request);
    boost::asio::awaitable<http::Response> put_customer(const http::Request& request);
    boost::asio::awaitable<http::Response> get_customer(const http::Request& request);

  private:
    // Stripe's id of the invoice that an earlier creation with this key made, as webhooks have told; empty where none
    // did.
    boost::asio::awaitable<rpc::Result<std::string>> known_invoice(const std::string& key, const Asking& asking);

    Backends& backends_;
    Authenticator& authenticator_;
};

// The query parameters of list_invoices.
constexpr std::array<std::string_view, 8> kAdminListParameters{"page", "limit",    "status",      "team",
                                                               "user", "customer", "createdFrom", "createdTo"};

constexpr std::array<http::RouteOf<AdminApi>, 5> kAdminRoutes{{
    {"GET", "/admin/api/invoices", &AdminApi::list_invoices},
    {"POST", "/admin/api/invoices", &AdminApi::create_invoice},
    {"GET", "/admin/api/invoices/{id}", &AdminApi::get_invoice},
    {"PUT", "/admin/api/customers/{customer}", &AdminApi::put_customer},
    {"GET", "/admin/api/customers/{customer}", &AdminApi::get_customer},
}};

}  // namespace quittance::edge
