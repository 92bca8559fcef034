// invoice_store's calls as coroutines, each with a time of its own: for the ingester's repairs and for operators.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/client/client.hpp"
#include "rpc/status.hpp"
#include "runtime/metrics.hpp"

namespace quittance::reconcile {

// For `read_after`: what decides whether something is repaired is never read from a replica that lags behind.
inline constexpr const char* kLatest = "latest";

template <class T>
using Answer = boost::asio::awaitable<rpc::Result<T>>;

// For a loop with one thread. Codes as in invoice_store.proto.
class StoreClient {
  public:
    // `metrics` must outlive the client.
    StoreClient(const rpc::ChannelOptions& options, runtime::Metrics& metrics);
    ~StoreClient();

    Answer<v1::ApplyInvoiceEventsResponse> apply(const v1::ApplyInvoiceEventsRequest& request);
    Answer<v1::Invoice> get_invoice(const v1::GetInvoiceRequest& request);
    Answer<v1::BatchGetInvoicesResponse> batch_get(const v1::BatchGetInvoicesRequest& request);
    Answer<v1::ListInvoicesResponse> list_invoices(const v1::ListInvoicesRequest& request);
    Answer<v1::ListEventsResponse> list_events(const v1::ListEventsRequest& request);
    Answer<v1::InboxEvent> get_event(const v1::GetEventRequest& request);
    Answer<v1::ReplayEventsResponse> replay(const v1::ReplayEventsRequest& request);
    Answer<v1::DiscardEventsResponse> discard(const v1::DiscardEventsRequest& request);
    Answer<v1::ListRefetchesResponse> list_refetches(const v1::ListRefetchesRequest& request);
    Answer<v1::Cursor> get_cursor(const std::string& name);
    // ABORTED where it does not stand at `expected` any more.
    Answer<v1::Cursor> move_cursor(const std::string& name, const std::string& expected, const std::string& value);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::reconcile
