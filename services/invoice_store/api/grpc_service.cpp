#include "invoice_store/api/grpc_service.hpp"

#include "invoice_store/api/method_groups.hpp"
#include "quittance/v1/invoice_store.grpc.pb.h"
#include "rpc/arena_messages.hpp"
#include "rpc/server/dispatcher.hpp"
#include "rpc/server/stream.hpp"
#include "rpc/server/unary.hpp"

namespace quittance::invoice_store {

class GrpcService::Methods final : public v1::InvoiceStore::CallbackService {
  public:
    Methods(boost::asio::io_context& loop, InvoiceHandlers& invoices, OperatorHandlers& operators, WatchHandler& watch,
            runtime::Metrics& metrics, const rpc::Callers* callers)
        : invoices_(invoices),
          operators_(operators),
          watch_(watch),
          dispatcher_(loop, {.callers = callers}, metrics),
          streams_(loop, {.callers = callers}, metrics) {
        SetMessageAllocatorFor_BatchListInvoices(&list_messages_);
        SetMessageAllocatorFor_ApplyInvoiceEvents(&event_messages_);
    }

    void end_streams() { streams_.end_all(); }

#define QUITTANCE_BIND_UNARY(method, group, handler) QUITTANCE_UNARY(InvoiceStore, method, handler)
#define QUITTANCE_BIND_STREAM(method, group, handler) QUITTANCE_SERVER_STREAM(InvoiceStore, method, handler)
    QUITTANCE_INVOICE_STORE_METHODS(QUITTANCE_BIND_UNARY, QUITTANCE_BIND_STREAM)
#undef QUITTANCE_BIND_UNARY
#undef QUITTANCE_BIND_STREAM

  private:
    InvoiceHandlers& invoices_;
    OperatorHandlers& operators_;
    WatchHandler& watch_;
    rpc::ArenaMessages<v1::ApplyInvoiceEventsRequest, v1::ApplyInvoiceEventsResponse> event_messages_;
    rpc::ArenaMessages<v1::BatchListInvoicesRequest, v1::BatchListInvoicesResponse> list_messages_;
    rpc::Dispatcher dispatcher_;
    rpc::StreamDispatcher streams_;
};

GrpcService::GrpcService(boost::asio::io_context& loop, InvoiceHandlers& invoices, OperatorHandlers& operators,
                         WatchHandler& watch, runtime::Metrics& metrics, const rpc::Callers* callers)
    : methods_(std::make_unique<Methods>(loop, invoices, operators, watch, metrics, callers)) {}

GrpcService::~GrpcService() = default;

grpc::Service* GrpcService::generated() {
    return methods_.get();
}

void GrpcService::end_streams() {
    methods_->end_streams();
}

}  // namespace quittance::invoice_store
