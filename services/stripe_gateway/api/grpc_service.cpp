#include "stripe_gateway/api/grpc_service.hpp"

#include "quittance/v1/stripe_gateway.grpc.pb.h"
#include "rpc/server/dispatcher.hpp"
#include "rpc/server/unary.hpp"
#include "stripe_gateway/api/method_groups.hpp"

namespace quittance::stripe_gateway {
namespace {

// A creation mostly waits for Stripe and uses little memory: a thousand of them take a few megabytes.
constexpr std::size_t kCallsInFlight = 4'096;

}  // namespace

class GrpcService::Methods final : public v1::StripeGateway::CallbackService {
  public:
    Methods(boost::asio::io_context& loop, Handlers& handlers, runtime::Metrics& metrics, const rpc::Callers* callers)
        : handlers_(handlers), dispatcher_(loop, {.calls_in_flight = kCallsInFlight, .callers = callers}, metrics) {}

#define QUITTANCE_BIND_UNARY(method, group, handler) QUITTANCE_UNARY(StripeGateway, method, handler)
    QUITTANCE_STRIPE_GATEWAY_METHODS(QUITTANCE_BIND_UNARY)
#undef QUITTANCE_BIND_UNARY

  private:
    Handlers& handlers_;
    rpc::Dispatcher dispatcher_;
};

GrpcService::GrpcService(boost::asio::io_context& loop, Handlers& handlers, runtime::Metrics& metrics,
                         const rpc::Callers* callers)
    : methods_(std::make_unique<Methods>(loop, handlers, metrics, callers)) {}

GrpcService::~GrpcService() = default;

grpc::Service* GrpcService::generated() {
    return methods_.get();
}

}  // namespace quittance::stripe_gateway
