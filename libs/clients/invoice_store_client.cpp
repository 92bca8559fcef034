#include "clients/invoice_store_client.hpp"

#include "clients/repeated_calls.hpp"
#include "quittance/v1/invoice_store.grpc.pb.h"

namespace quittance::clients {
namespace {

constexpr BackgroundRule kRule{std::chrono::seconds(15), 1};

}  // namespace

struct InvoiceStoreClient::Calls : RepeatedCalls<v1::InvoiceStore> {
    using RepeatedCalls::RepeatedCalls;
};

InvoiceStoreClient::InvoiceStoreClient(const rpc::ChannelOptions& options, runtime::Metrics& metrics)
    : calls_(std::make_unique<Calls>(options, metrics, kRule)) {}

InvoiceStoreClient::~InvoiceStoreClient() = default;

bool InvoiceStoreClient::connected(std::chrono::milliseconds wait) {
    return rpc::channel_ready(calls_->channel(), wait);
}

#define QUITTANCE_CALL(name, Method, Response)                                                                    \
    rpc::AsyncReply<v1::Response> InvoiceStoreClient::name(const v1::Method##Request& request, Options options) { \
        return calls_->call<v1::Method##Request, v1::Response>("InvoiceStore." #Method, &Calls::Async::Method,    \
                                                               request, options);                                 \
    }
QUITTANCE_CALL(get_invoice, GetInvoice, Invoice)
QUITTANCE_CALL(batch_get_invoices, BatchGetInvoices, BatchGetInvoicesResponse)
QUITTANCE_CALL(list_invoices, ListInvoices, ListInvoicesResponse)
QUITTANCE_CALL(batch_list_invoices, BatchListInvoices, BatchListInvoicesResponse)
QUITTANCE_CALL(get_last_invoice, GetLastInvoice, Invoice)
QUITTANCE_CALL(get_billing_history, GetBillingHistory, GetBillingHistoryResponse)
QUITTANCE_CALL(find_by_creation_key, FindByCreationKey, Invoice)
QUITTANCE_CALL(register_customer, RegisterCustomer, Customer)
QUITTANCE_CALL(get_customer, GetCustomer, Customer)
QUITTANCE_CALL(apply_invoice_events, ApplyInvoiceEvents, ApplyInvoiceEventsResponse)
QUITTANCE_CALL(list_events, ListEvents, ListEventsResponse)
QUITTANCE_CALL(get_event, GetEvent, InboxEvent)
QUITTANCE_CALL(replay_events, ReplayEvents, ReplayEventsResponse)
QUITTANCE_CALL(discard_events, DiscardEvents, DiscardEventsResponse)
QUITTANCE_CALL(list_refetches, ListRefetches, ListRefetchesResponse)
QUITTANCE_CALL(report_refetch, ReportRefetch, ReportRefetchResponse)
QUITTANCE_CALL(request_refetches, RequestRefetches, RequestRefetchesResponse)
QUITTANCE_CALL(record_stripe_account, RecordStripeAccount, StripeAccount)
QUITTANCE_CALL(batch_get_payment_facts, BatchGetPaymentFacts, BatchGetPaymentFactsResponse)
QUITTANCE_CALL(get_cursor, GetCursor, Cursor)
QUITTANCE_CALL(move_cursor, MoveCursor, Cursor)
#undef QUITTANCE_CALL

}  // namespace quittance::clients
