// The Admin API: every team's invoices for the back office, behind Api-Key.
#pragma once

#include <array>

#include "edge/api_keys.hpp"
#include "edge/backends.hpp"
#include "http/router.hpp"

namespace quittance::edge {

class AdminApi {
  public:
    AdminApi(Backends& backends, ApiKeys keys) : backends_(backends), keys_(std::move(keys)) {}

    boost::asio::awaitable<http::Response> list_invoices(const http::Request& request);
    boost::asio::awaitable<http::Response> get_invoice(const http::Request& request);
    boost::asio::awaitable<http::Response> create_invoice(const http::Request& request);

  private:
    // The name of the caller's key, or an empty view with `refusal` set.
    std::string_view authenticate(const http::Request& request, http::Response& refusal) const;

    Backends& backends_;
    ApiKeys keys_;
};

constexpr std::array<http::RouteOf<AdminApi>, 3> kAdminRoutes{{
    {"GET", "/admin/api/invoices", &AdminApi::list_invoices},
    {"POST", "/admin/api/invoices", &AdminApi::create_invoice},
    {"GET", "/admin/api/invoices/{id}", &AdminApi::get_invoice},
}};

}  // namespace quittance::edge
