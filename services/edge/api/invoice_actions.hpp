// The actions of the back office on one invoice at Stripe: fresh links, finalise, void, mark as uncollectible, send and
// collect again. The store knows the Stripe account of the invoice. Stripe decides whether its state allows the action.
#pragma once

#include <array>
#include <string>
#include <variant>

#include "edge/backends/backends.hpp"
#include "edge/middleware/authorised_routes.hpp"

namespace quittance::edge {

class InvoiceActions {
  public:
    static constexpr std::string_view kSurface = "admin";

    explicit InvoiceActions(Backends& backends) : backends_(backends) {}

    Answer link(const Caller& caller, const http::Request& request);
    Answer finalise(const Caller& caller, const http::Request& request);
    Answer make_void(const Caller& caller, const http::Request& request);
    Answer mark_uncollectible(const Caller& caller, const http::Request& request);
    Answer send(const Caller& caller, const http::Request& request);
    Answer retry_payment(const Caller& caller, const http::Request& request);

  private:
    struct Target {
        std::string caller;  // the API key's name
        v1::Invoice row;
        std::string idempotency_key;  // of this action on this invoice
    };
    // The invoice to act on and the key of this action, or the answer that refuses the request.
    boost::asio::awaitable<std::variant<Target, http::Response>> find(const Caller& caller,
                                                                      const http::Request& request,
                                                                      std::string_view action);
    // Makes one call to the gateway: `wanted`, completed with the invoice and the key.
    template <class Step>
    using Call = rpc::AsyncReply<v1::StripeInvoice> (clients::StripeGatewayClient::*)(const Step&,
                                                                                      const rpc::CallOptions&);
    template <class Step>
    Answer act(const Caller& caller, const http::Request& request, std::string_view action, Step wanted,
               Call<Step> call);
    static rpc::Result<http::Response> answer(const http::Request& request, std::string_view action,
                                              const Target& target, const rpc::Reply<v1::StripeInvoice>& result);

    Backends& backends_;
};

constexpr std::array<AuthorisedRoute<InvoiceActions>, 6> kInvoiceActionRoutes{{
    {"GET", "/admin/api/invoices/{id}/link", kApiKey, Right::kRead, &InvoiceActions::link},
    {"POST", "/admin/api/invoices/{id}/finalise", kApiKey, Right::kWrite, &InvoiceActions::finalise},
    {"POST", "/admin/api/invoices/{id}/void", kApiKey, Right::kWrite, &InvoiceActions::make_void},
    {"POST", "/admin/api/invoices/{id}/mark-uncollectible", kApiKey, Right::kWrite,
     &InvoiceActions::mark_uncollectible},
    {"POST", "/admin/api/invoices/{id}/send", kApiKey, Right::kWrite, &InvoiceActions::send},
    {"POST", "/admin/api/invoices/{id}/retry-payment", kApiKey, Right::kWrite, &InvoiceActions::retry_payment},
}};

}  // namespace quittance::edge
