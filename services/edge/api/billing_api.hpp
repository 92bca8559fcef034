// The Billing API: rich invoices for partner back ends. Callers need a bearer token with a scope, or an Api-Key.
#pragma once

#include <array>
#include <string_view>

#include "edge/backends/backends.hpp"
#include "edge/middleware/authorised_routes.hpp"

namespace quittance::edge {

class BillingApi {
  public:
    static constexpr std::string_view kSurface = "billing";

    explicit BillingApi(Backends& backends) : backends_(backends) {}

    Answer list_invoices(const Caller& caller, const http::Request& request);
    Answer get_invoice(const Caller& caller, const http::Request& request);
    Answer retry_payment(const Caller& caller, const http::Request& request);

  private:
    // `read_after` is null for the position that the caller sent.
    rpc::AsyncReply<v1::Invoice> find(const http::Request& request, const v1::Scope& scope, const char* read_after);

    Backends& backends_;
};

// The query parameters of list_invoices.
constexpr std::array<std::string_view, 2> kBillingListParameters{"limit", "startingAfter"};

constexpr std::array<AuthorisedRoute<BillingApi>, 3> kBillingRoutes{{
    {"GET", "/billing/v1/invoices", api_key_or_token("billing:read"), Right::kRead, &BillingApi::list_invoices},
    {"GET", "/billing/v1/invoices/{invoiceId}", api_key_or_token("billing:read"), Right::kRead,
     &BillingApi::get_invoice},
    {"POST", "/billing/v1/invoices/{invoiceId}/retry-payment", api_key_or_token("billing:write"), Right::kWrite,
     &BillingApi::retry_payment},
}};

}  // namespace quittance::edge
