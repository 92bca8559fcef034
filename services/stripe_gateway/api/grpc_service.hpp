// StripeGateway as gRPC sees it: each generated method bound to its handler.
#pragma once

#include <boost/asio/io_context.hpp>

#include "quittance/v1/stripe_gateway.grpc.pb.h"
#include "rpc/server/unary.hpp"
#include "stripe_gateway/api/handlers.hpp"

namespace quittance::stripe_gateway {

class Endpoint final : public v1::StripeGateway::CallbackService {
  public:
    // `callers`: who may call what; null: everybody everything.
    Endpoint(boost::asio::io_context& loop, Gateway& gateway, runtime::Metrics& metrics,
             const rpc::Callers* callers = nullptr);

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
    grpc::ServerUnaryReactor* MarkInvoiceUncollectible(grpc::CallbackServerContext* context,
                                                       const v1::MarkInvoiceUncollectibleRequest* request,
                                                       v1::StripeInvoice* response) override;
    grpc::ServerUnaryReactor* SendInvoice(grpc::CallbackServerContext* context, const v1::SendInvoiceRequest* request,
                                          v1::StripeInvoice* response) override;
    grpc::ServerUnaryReactor* ListEvents(grpc::CallbackServerContext* context,
                                         const v1::ListStripeEventsRequest* request,
                                         v1::ListStripeEventsResponse* response) override;
    grpc::ServerUnaryReactor* ListInvoices(grpc::CallbackServerContext* context,
                                           const v1::ListStripeInvoicesRequest* request,
                                           v1::ListStripeInvoicesResponse* response) override;
    grpc::ServerUnaryReactor* FindPaidInvoice(grpc::CallbackServerContext* context,
                                              const v1::FindPaidInvoiceRequest* request,
                                              v1::FindPaidInvoiceResponse* response) override;

  private:
    Gateway& gateway_;
    rpc::Dispatcher dispatcher_;
};

}  // namespace quittance::stripe_gateway
