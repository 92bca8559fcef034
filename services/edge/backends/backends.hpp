// The services behind the edge. Most calls go straight to a client; gets and lists that wait travel together.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "clients/services.hpp"
#include "edge/backends/call_context.hpp"
#include "rpc/client/batcher.hpp"

namespace quittance::edge {

class Backends : public clients::Services {
  public:
    // `metrics` must outlive this object.
    Backends(boost::asio::io_context& loop, const rpc::ChannelOptions& to_store, const rpc::ChannelOptions& to_gateway,
             runtime::Metrics& metrics);

    // Codes as of GetInvoice. A get with `read_after` travels alone: where no server can show that position, no other
    // get may fail with it.
    rpc::AsyncReply<v1::Invoice> get_invoice(v1::GetInvoiceRequest request, const CallContext& context);

    // Codes as of ListInvoices. Equal lists that wait at the same time are asked for once, and their callers share the
    // reply. No caller gets a reply to a question that was sent before its own.
    rpc::AsyncReply<const v1::ListInvoicesResponse> list_invoices(v1::ListInvoicesRequest request,
                                                                  const CallContext& context);

  private:
    // A request that travels with others, and its place in a trace.
    template <class Request>
    struct Traced {
        Request request;
        base::TraceContext trace;
    };
    using Get = Traced<v1::GetInvoiceRequest>;
    using List = Traced<v1::ListInvoicesRequest>;
    using GetBatcher = rpc::Batcher<Get, std::shared_ptr<v1::Invoice>>;
    using ListBatcher = rpc::Batcher<List, std::shared_ptr<const v1::ListInvoicesResponse>>;

    boost::asio::awaitable<rpc::Result<GetBatcher::Answers>> send_gets(const std::vector<Get>& gets,
                                                                       GetBatcher::Deadline deadline);
    boost::asio::awaitable<rpc::Result<ListBatcher::Answers>> send_lists(const std::vector<List>& lists,
                                                                         ListBatcher::Deadline deadline);

    GetBatcher gets_;
    ListBatcher lists_;
    // The loop's thread writes these two; a scrape may read a value that is a moment old.
    runtime::Gauge gets_waiting_;
    runtime::Gauge get_calls_;
};

}  // namespace quittance::edge
