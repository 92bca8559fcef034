// WatchInvoices: each watcher reads pages of settled changes at its own pace and holds one page at most. And the
// trimming of what is older than anybody may ask for.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>

#include "invoice_store/changes/change_feed.hpp"
#include "postgres/pool.hpp"
#include "quittance/v1/invoice_store.pb.h"
#include "rpc/call.hpp"
#include "rpc/server/stream.hpp"

namespace quittance::invoice_store {

struct WatchOptions {
    std::chrono::milliseconds poll{200};    // how late the commits of other processes are seen
    std::chrono::hours retention{168};      // how long changes are kept
    std::chrono::seconds sign_of_life{15};  // the longest that a watcher hears nothing
    bool with_positions = false;            // changes carry a position, because reads may come from a replica
};

class InvoiceWatch {
  public:
    using Writer = rpc::StreamWriter<v1::WatchInvoicesResponse>;

    // The pool's connections must be prepared by prepare_watch and lead to the primary: a replica that lags would show
    // less than is settled. Every call is UNAVAILABLE until `schema_ready` is set.
    InvoiceWatch(boost::asio::io_context& loop, postgres::Pool& pool, WatchOptions options,
                 const std::atomic<bool>& schema_ready);

    boost::asio::awaitable<grpc::Status> watch_invoices(const rpc::Call& call, const v1::WatchInvoicesRequest& request,
                                                        Writer& writer);

    // Changes were committed by this process. From any thread.
    void notify() { feed_.notify(); }

    // Trims the changes now and then, for as long as the loop runs.
    boost::asio::awaitable<void> trim_forever();

  private:
    boost::asio::awaitable<rpc::Result<ChangeToken>> start_of(const v1::WatchInvoicesRequest& request,
                                                              const ChangeFeed::Subscription& subscription,
                                                              Writer& writer);
    boost::asio::awaitable<grpc::Status> send_changes(const v1::WatchInvoicesRequest& request, ChangeToken place,
                                                      const ChangeFeed::Subscription& subscription, Writer& writer);

    postgres::Pool& pool_;
    const WatchOptions options_;
    const std::atomic<bool>& schema_ready_;
    ChangeFeed feed_;
};

// Runs on each connection of the pool.
void prepare_watch(pqxx::connection& connection);

}  // namespace quittance::invoice_store
