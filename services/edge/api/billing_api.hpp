// The Billing API: rich invoices for partner back ends, behind a bearer token with a scope, or an Api-Key.
#pragma once

#include <array>
#include <string_view>

#include "edge/auth/authenticator.hpp"
#include "edge/backends/backends.hpp"
#include "http/server/router.hpp"

namespace quittance::edge {

class BillingApi {
  public:
    BillingApi(Backends& backends, Authenticator& authenticator) : backends_(backends), authenticator_(authenticator) {}

    boost::asio::awaitable<http::Response> list_invoices(const http::Request& request);
    boost::asio::awaitable<http::Response> get_invoice(const http::Request& request);
    boost::asio::awaitable<http::Response> retry_payment(const http::Request& request);

  private:
    // Whose invoices the caller may see, or a 401 or 403. A token with the scope sees the teams that it names; one
    // without a `teams` claim (a partner's own back end) sees all, as an Api-Key does.
    boost::asio::awaitable<std::variant<v1::Scope, http::Response>> scope_of(const http::Request& request,
                                                                             std::string_view needed_scope);
    // `read_after`: null for the caller's own.
    boost::asio::awaitable<rpc::Result<v1::Invoice>> find(const http::Request& request, const v1::Scope& scope,
                                                          const char* read_after);

    Backends& backends_;
    Authenticator& authenticator_;
};

// The query parameters of list_invoices.
constexpr std::array<std::string_view, 2> kBillingListParameters{"limit", "startingAfter"};

constexpr std::array<http::RouteOf<BillingApi>, 3> kBillingRoutes{{
    {"GET", "/billing/v1/invoices", &BillingApi::list_invoices},
    {"GET", "/billing/v1/invoices/{invoiceId}", &BillingApi::get_invoice},
    {"POST", "/billing/v1/invoices/{invoiceId}/retry-payment", &BillingApi::retry_payment},
}};

}  // namespace quittance::edge
