// The methods of StripeGateway: check the request, find the account, do it, count it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/call.hpp"
#include "rpc/status.hpp"
#include "runtime/metrics.hpp"
#include "stripe_gateway/invoices.hpp"
#include "stripe_gateway/plan.hpp"

namespace quittance::stripe_gateway {

class Gateway {
  public:
    // All references must outlive the gateway. `invoices` is the one account that there is.
    Gateway(const Invoices& invoices, InvoiceDefaults defaults, runtime::Metrics& metrics);

    boost::asio::awaitable<grpc::Status> create(const rpc::Call& call, const v1::CreateInvoiceRequest& request,
                                                v1::StripeInvoice& response);
    boost::asio::awaitable<grpc::Status> retrieve(const rpc::Call& call, const v1::RetrieveInvoiceRequest& request,
                                                  v1::StripeInvoice& response);
    boost::asio::awaitable<grpc::Status> pay(const rpc::Call& call, const v1::PayInvoiceRequest& request,
                                             v1::StripeInvoice& response);
    boost::asio::awaitable<grpc::Status> finalise(const rpc::Call& call, const v1::FinalizeInvoiceRequest& request,
                                                  v1::StripeInvoice& response);
    boost::asio::awaitable<grpc::Status> make_void(const rpc::Call& call, const v1::VoidInvoiceRequest& request,
                                                   v1::StripeInvoice& response);

  private:
    // Everything that is wrong with the request, its account included.
    template <class Request>
    std::vector<v1::FieldViolation> violations(const Request& request) const;
    void count_creation(const rpc::Result<v1::StripeInvoice>& result);

    const Invoices& invoices_;
    const InvoiceDefaults defaults_;
    runtime::Metrics& metrics_;
};

}  // namespace quittance::stripe_gateway
