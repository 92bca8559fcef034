// What the back office does at Stripe to one invoice that is there: fresh links, finalise, void, mark uncollectible,
// send, collect again. The invoice is looked up in the store, which knows the Stripe account that it lives in; the
// state is judged by Stripe, which alone knows it now.
#pragma once

#include <array>
#include <string>
#include <variant>

#include "edge/auth/authenticator.hpp"
#include "edge/backends/backends.hpp"
#include "http/server/router.hpp"

namespace quittance::edge {

class InvoiceActions {
  public:
    InvoiceActions(Backends& backends, Authenticator& authenticator)
        : backends_(backends), authenticator_(authenticator) {}

    boost::asio::awaitable<http::Response> link(const http::Request& request);
    boost::asio::awaitable<http::Response> finalise(const http::Request& request);
    boost::asio::awaitable<http::Response> make_void(const http::Request& request);
    boost::asio::awaitable<http::Response> mark_uncollectible(const http::Request& request);
    boost::asio::awaitable<http::Response> send(const http::Request& request);
    boost::asio::awaitable<http::Response> retry_payment(const http::Request& request);

  private:
    struct Target {
        std::string caller;  // the API key's name
        v1::Invoice row;
        std::string idempotency_key;  // for this action on this invoice alone
    };
    // Who asks, for which invoice, with which key; or a 400, 401, 404, 429 …
    boost::asio::awaitable<std::variant<Target, http::Response>> find(const http::Request& request,
                                                                      std::string_view action);
    // A step at Stripe that needs nothing but the invoice and a key: `wanted` with those two put in.
    template <class Step>
    using Call = boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> (Backends::*)(const Step&, const Asking&);
    template <class Step>
    boost::asio::awaitable<http::Response> act(const http::Request& request, std::string_view action, Step wanted,
                                               Call<Step> call);
    static http::Response answer(const http::Request& request, std::string_view action, const Target& target,
                                 rpc::Result<v1::StripeInvoice> result);

    Backends& backends_;
    Authenticator& authenticator_;
};

constexpr std::array<http::RouteOf<InvoiceActions>, 6> kInvoiceActionRoutes{{
    {"GET", "/admin/api/invoices/{id}/link", &InvoiceActions::link},
    {"POST", "/admin/api/invoices/{id}/finalise", &InvoiceActions::finalise},
    {"POST", "/admin/api/invoices/{id}/void", &InvoiceActions::make_void},
    {"POST", "/admin/api/invoices/{id}/mark-uncollectible", &InvoiceActions::mark_uncollectible},
    {"POST", "/admin/api/invoices/{id}/send", &InvoiceActions::send},
    {"POST", "/admin/api/invoices/{id}/retry-payment", &InvoiceActions::retry_payment},
}};

}  // namespace quittance::edge
