// What a handler of a gRPC method may know about its call.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace quittance::rpc {

struct Call {
    std::string method;                                       // "InvoiceStore.GetInvoice"
    std::string request_id;                                   // from the metadata x-request-id, or one of ours
    std::chrono::system_clock::time_point deadline;           // the caller's, or a default of ours where it set none
    std::shared_ptr<const std::atomic<bool>> cancelled_flag;  // set when the caller went away

    bool cancelled() const { return cancelled_flag && cancelled_flag->load(std::memory_order_relaxed); }
};

}  // namespace quittance::rpc
