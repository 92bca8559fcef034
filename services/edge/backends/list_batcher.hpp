// Lists that wait for the store travel together, and those that ask the same are asked once: a back office that many
// people look at asks for one page again and again. Nobody is given an answer to a question asked before their own.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <vector>

#include "edge/backends/shared_list.hpp"
#include "quittance/v1/invoice_store.grpc.pb.h"
#include "rpc/client/batcher.hpp"
#include "rpc/status.hpp"
#include "runtime/metrics.hpp"

namespace quittance::edge {

class ListBatcher {
  public:
    using Deadline = std::chrono::system_clock::time_point;

    ListBatcher(boost::asio::io_context& loop, v1::InvoiceStore::StubInterface& store, runtime::Metrics& metrics);

    // What the store answers from an index or a sum, wherever it reads. Any other may take long or need what cannot be
    // shown, and others must not wait or fail for it.
    static bool can_batch(const v1::ListInvoicesRequest& request);

    // Codes as of ListInvoices.
    boost::asio::awaitable<rpc::Result<SharedList>> submit(v1::ListInvoicesRequest request, Deadline deadline);

  private:
    using Answers = std::vector<rpc::Result<SharedList>>;

    boost::asio::awaitable<rpc::Result<Answers>> send(const std::vector<v1::ListInvoicesRequest>& waiting,
                                                      Deadline deadline);
    boost::asio::awaitable<rpc::Result<Answers>> send_distinct(const v1::BatchListInvoicesRequest& request,
                                                               Deadline deadline);

    v1::InvoiceStore::StubInterface& store_;
    runtime::Metrics& metrics_;
    rpc::Batcher<v1::ListInvoicesRequest, SharedList> batcher_;
};

}  // namespace quittance::edge
