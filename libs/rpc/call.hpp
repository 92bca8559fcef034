// The facts about a gRPC call that its handler may use.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "base/trace_context.hpp"

namespace quittance::tracing {
class Span;
}

namespace quittance::rpc {

struct Call {
    std::string method;                                       // "InvoiceStore.GetInvoice"
    std::string request_id;                                   // from the metadata x-request-id, or generated
    std::chrono::system_clock::time_point deadline;           // the caller's, or the default if the caller set none
    std::shared_ptr<const std::atomic<bool>> cancelled_flag;  // set when the caller goes away
    tracing::Span* span = nullptr;                            // of the call, for what only its handler knows
    base::TraceContext trace;                                 // the parent of what the handler begins
    bool log_raised = false;                                  // an operator asked for all lines about this request

    bool cancelled() const { return cancelled_flag && cancelled_flag->load(std::memory_order_relaxed); }
};

}  // namespace quittance::rpc
