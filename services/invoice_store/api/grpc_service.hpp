// The gRPC service InvoiceStore: passes each call to its handler. method_groups.hpp lists the methods.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "invoice_store/api/invoice_handlers.hpp"
#include "invoice_store/api/operator_handlers.hpp"
#include "invoice_store/api/watch_handler.hpp"
#include "runtime/metrics.hpp"

namespace grpc {
class Service;
}
namespace quittance::rpc {
class Callers;
}

namespace quittance::invoice_store {

class GrpcService {
  public:
    // All references must outlive the service. `callers` decides which caller may call which method; null: every
    // caller may call every method.
    GrpcService(boost::asio::io_context& loop, InvoiceHandlers& invoices, OperatorHandlers& operators,
                WatchHandler& watch, runtime::Metrics& metrics, const rpc::Callers* callers = nullptr);
    ~GrpcService();

    // For the constructor of rpc::Server.
    grpc::Service* generated();

    // Ends all streams. Call it before the server's shutdown, which would wait for them.
    void end_streams();

  private:
    class Methods;  // hides the generated header, which is expensive to compile
    std::unique_ptr<Methods> methods_;
};

}  // namespace quittance::invoice_store
