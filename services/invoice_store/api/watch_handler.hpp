// The handler of WatchInvoices, and the trimming of changes that are older than the retention. Each watcher reads pages
// of the change log at its own pace and holds at most one page in memory.
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
    std::chrono::milliseconds poll{200};    // the longest until commits of other processes are seen
    std::chrono::hours retention{168};      // how long changes are kept
    std::chrono::seconds sign_of_life{15};  // the longest time between two messages to a watcher
    bool with_positions = false;            // changes carry a WAL position, for reads that may go to a replica
};

class WatchHandler {
  public:
    using Writer = rpc::StreamWriter<v1::WatchInvoicesResponse>;

    // The pool's connections must be prepared by prepare_watch and lead to the primary: a replica that lags may lack
    // changes that the feed already announces. Every call is UNAVAILABLE until `schema_ready` is set.
    WatchHandler(boost::asio::io_context& loop, postgres::Pool& pool, WatchOptions options,
                 const std::atomic<bool>& schema_ready);

    boost::asio::awaitable<grpc::Status> watch_invoices(const rpc::Call& call, const v1::WatchInvoicesRequest& request,
                                                        Writer& writer);

    // Call it after this process has committed changes. From any thread.
    void notify() { feed_.notify(); }

    // Deletes changes that are older than the retention, about every minute, for as long as the loop runs.
    boost::asio::awaitable<void> trim_forever();

  private:
    boost::asio::awaitable<rpc::Result<ChangeToken>> start_of(const v1::WatchInvoicesRequest& request,
                                                              const ChangeFeed::Subscription& subscription,
                                                              Writer& writer);
    boost::asio::awaitable<grpc::Status> send_changes(const v1::WatchInvoicesRequest& request, ChangeToken last_sent,
                                                      const ChangeFeed::Subscription& subscription, Writer& writer);

    postgres::Pool& pool_;
    const WatchOptions options_;
    const std::atomic<bool>& schema_ready_;
    ChangeFeed feed_;
};

// Prepares a connection of the pool for watchers.
void prepare_watch(pqxx::connection& connection);

}  // namespace quittance::invoice_store
