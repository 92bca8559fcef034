// The handlers of StripeGateway: check the request, find the Stripe account, call Stripe, and move the result into the
// response.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/call.hpp"
#include "rpc/status.hpp"
#include "runtime/metrics.hpp"
#include "stripe_gateway/api/accounts.hpp"
#include "stripe_gateway/creation/creation_plan.hpp"

namespace quittance::stripe_gateway {

class Handlers {
  public:
    using Done = boost::asio::awaitable<grpc::Status>;

    // All references must outlive the handlers.
    Handlers(const Accounts& accounts, InvoiceDefaults defaults, runtime::Metrics& metrics);

    Done create(const rpc::Call& call, const v1::CreateInvoiceRequest& request, v1::StripeInvoice& response);
    Done retrieve(const rpc::Call& call, const v1::RetrieveInvoiceRequest& request, v1::StripeInvoice& response);
    Done pay(const rpc::Call& call, const v1::PayInvoiceRequest& request, v1::StripeInvoice& response);
    Done finalise(const rpc::Call& call, const v1::FinalizeInvoiceRequest& request, v1::StripeInvoice& response);
    Done make_void(const rpc::Call& call, const v1::VoidInvoiceRequest& request, v1::StripeInvoice& response);
    Done mark_uncollectible(const rpc::Call& call, const v1::MarkInvoiceUncollectibleRequest& request,
                            v1::StripeInvoice& response);
    Done send(const rpc::Call& call, const v1::SendInvoiceRequest& request, v1::StripeInvoice& response);

    Done list_events(const rpc::Call& call, const v1::ListStripeEventsRequest& request,
                     v1::ListStripeEventsResponse& response);
    Done list_invoices(const rpc::Call& call, const v1::ListStripeInvoicesRequest& request,
                       v1::ListStripeInvoicesResponse& response);
    Done find_paid_invoice(const rpc::Call& call, const v1::FindPaidInvoiceRequest& request,
                           v1::FindPaidInvoiceResponse& response);
    Done list_refunds(const rpc::Call& call, const v1::ListStripePaymentFactsRequest& request,
                      v1::ListStripePaymentFactsResponse& response);
    Done list_disputes(const rpc::Call& call, const v1::ListStripePaymentFactsRequest& request,
                       v1::ListStripePaymentFactsResponse& response);
    Done retrieve_event(const rpc::Call& call, const v1::RetrieveStripeEventRequest& request,
                        v1::InvoiceEvent& response);

  private:
    // The shape of all handlers. `work(invoices, request, budget)` returns awaitable<Result<Response>>; `invoices` are
    // those of the request's account.
    template <class Request, class Response, class Work>
    Done answer(const rpc::Call& call, const Request& request, Response& response, bool background, Work work);
    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> create_on(const Invoices& invoices,
                                                                     const v1::CreateInvoiceRequest& request,
                                                                     CallBudget budget);
    void count_creation(const rpc::Result<v1::StripeInvoice>& result);

    const Accounts& accounts_;
    const InvoiceDefaults defaults_;
    runtime::Metrics& metrics_;
};

}  // namespace quittance::stripe_gateway
