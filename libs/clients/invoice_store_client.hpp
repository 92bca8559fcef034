// The client of invoice_store: one coroutine a method. Only this library uses the generated stub.
#pragma once

#include <chrono>
#include <memory>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/client/reply.hpp"
#include "runtime/metrics.hpp"

namespace quittance::rpc {
struct ChannelOptions;
}

namespace quittance::clients {

using rpc::kInBackground;

// For `read_after` of a read that decides about money or about a repair: everything that was written before.
inline constexpr const char* kLatest = "latest";

// For a loop with one thread. Codes as in invoice_store.proto. Requests and options must live until the reply is there.
// In the background a call has 15 s, and is not repeated.
class InvoiceStoreClient {
  public:
    template <class T>
    using Reply = rpc::AsyncReply<T>;
    using Options = const rpc::CallOptions&;

    // `metrics` must outlive the client.
    InvoiceStoreClient(const rpc::ChannelOptions& options, runtime::Metrics& metrics);
    ~InvoiceStoreClient();

    // Invoices and customers.
    Reply<v1::Invoice> get_invoice(const v1::GetInvoiceRequest&, Options = kInBackground);
    Reply<v1::BatchGetInvoicesResponse> batch_get_invoices(const v1::BatchGetInvoicesRequest&, Options = kInBackground);
    Reply<v1::ListInvoicesResponse> list_invoices(const v1::ListInvoicesRequest&, Options = kInBackground);
    Reply<v1::BatchListInvoicesResponse> batch_list_invoices(const v1::BatchListInvoicesRequest&,
                                                             Options = kInBackground);
    Reply<v1::Invoice> get_last_invoice(const v1::GetLastInvoiceRequest&, Options = kInBackground);
    Reply<v1::GetBillingHistoryResponse> get_billing_history(const v1::GetBillingHistoryRequest&,
                                                             Options = kInBackground);
    Reply<v1::Invoice> find_by_creation_key(const v1::FindByCreationKeyRequest&, Options = kInBackground);
    Reply<v1::Customer> register_customer(const v1::RegisterCustomerRequest&, Options = kInBackground);
    Reply<v1::Customer> get_customer(const v1::GetCustomerRequest&, Options = kInBackground);

    // Events and repairs.
    Reply<v1::ApplyInvoiceEventsResponse> apply_invoice_events(const v1::ApplyInvoiceEventsRequest&,
                                                               Options = kInBackground);
    Reply<v1::ListEventsResponse> list_events(const v1::ListEventsRequest&, Options = kInBackground);
    Reply<v1::InboxEvent> get_event(const v1::GetEventRequest&, Options = kInBackground);
    Reply<v1::ReplayEventsResponse> replay_events(const v1::ReplayEventsRequest&, Options = kInBackground);
    Reply<v1::DiscardEventsResponse> discard_events(const v1::DiscardEventsRequest&, Options = kInBackground);
    Reply<v1::ListRefetchesResponse> list_refetches(const v1::ListRefetchesRequest&, Options = kInBackground);
    Reply<v1::ReportRefetchResponse> report_refetch(const v1::ReportRefetchRequest&, Options = kInBackground);
    Reply<v1::RequestRefetchesResponse> request_refetches(const v1::RequestRefetchesRequest&, Options = kInBackground);
    Reply<v1::StripeAccount> record_stripe_account(const v1::RecordStripeAccountRequest&, Options = kInBackground);
    Reply<v1::BatchGetPaymentFactsResponse> batch_get_payment_facts(const v1::BatchGetPaymentFactsRequest&,
                                                                    Options = kInBackground);
    Reply<v1::Cursor> get_cursor(const v1::GetCursorRequest&, Options = kInBackground);
    Reply<v1::Cursor> move_cursor(const v1::MoveCursorRequest&, Options = kInBackground);

    // True if the channel is connected, or becomes so within `wait`. From any thread; blocks for `wait` at most.
    bool connected(std::chrono::milliseconds wait = {});

  private:
    struct Calls;
    std::unique_ptr<Calls> calls_;
};

}  // namespace quittance::clients
