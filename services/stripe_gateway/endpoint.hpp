// StripeGateway as gRPC sees it: each generated method bound to its handler.
#pragma once

#include <boost/asio/io_context.hpp>

#include "quittance/v1/stripe_gateway.grpc.pb.h"
#include "rpc/unary.hpp"
#include "stripe_gateway/gateway.hpp"

namespace quittance::stripe_gateway {

class Endpoint final : public v1::StripeGateway::CallbackService {
  public:
    Endpoint(boost::asio::io_context& loop, Gateway& gateway, runtime::Metrics& metrics);

    grpc::ServerUnaryReactor* CreateInvoice(grpc::CallbackServerContext* context,
                                            const v1::CreateInvoiceRequest* request,
                                            v1::StripeInvoice* response) override;
    grpc::ServerUnaryReactor* RetrieveInvoice(grpc::CallbackServerContext* context,
                                              const v1::RetrieveInvoiceRequest* request,
                                              v1::StripeInvoice* response) override;
    grpc::ServerUnaryReactor* PayInvoice(grpc::CallbackServerContext* context, const v1::PayInvoiceRequest* request,
                                         v1::StripeInvoice* response) override;
    grpc::ServerUnaryReactor* FinalizeInvoice(grpc::CallbackServerContext* context,
                                              const v1::FinalizeInvoiceRequest* request,
                                              v1::StripeInvoice* response) override;
    grpc::ServerUnaryReactor* VoidInvoice(grpc::CallbackServerContext* context, const v1::VoidInvoiceRequest* request,
                                          v1::StripeInvoice* response) override;

  private:
    Gateway& gateway_;
    rpc::Dispatcher dispatcher_;
};

}  // namespace quittance::stripe_gateway
