// The gRPC service StripeGateway: passes each call to its handler. method_groups.hpp lists the methods.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "runtime/metrics.hpp"
#include "stripe_gateway/api/handlers.hpp"

namespace grpc {
class Service;
}
namespace quittance::rpc {
class Callers;
}

namespace quittance::stripe_gateway {

class GrpcService {
  public:
    // All references must outlive the service. `callers` decides which caller may call which method; null: every
    // caller may call every method.
    GrpcService(boost::asio::io_context& loop, Handlers& handlers, runtime::Metrics& metrics,
                const rpc::Callers* callers = nullptr);
    ~GrpcService();

    // For the constructor of rpc::Server.
    grpc::Service* generated();

  private:
    class Methods;  // hides the generated header, which is expensive to compile
    std::unique_ptr<Methods> methods_;
};

}  // namespace quittance::stripe_gateway
