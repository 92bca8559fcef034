// The index of the gRPC service InvoiceStore: every method, the group in ALLOWED_CLIENTS that allows it, and its
// handler.
#pragma once

#include <array>
#include <string_view>

#include "rpc/server/callers.hpp"

// UNARY(method, group, handler) and STREAM(method, group, handler). The handlers are named as in grpc_service.cpp.
#define QUITTANCE_INVOICE_STORE_METHODS(UNARY, STREAM)                           \
    UNARY(GetInvoice, "read", invoices_.get_invoice)                             \
    UNARY(BatchGetInvoices, "read", invoices_.batch_get_invoices)                \
    UNARY(BatchListInvoices, "read", invoices_.batch_list_invoices)              \
    UNARY(ListInvoices, "read", invoices_.list_invoices)                         \
    UNARY(GetLastInvoice, "read", invoices_.get_last_invoice)                    \
    UNARY(GetBillingHistory, "read", invoices_.get_billing_history)              \
    UNARY(FindByCreationKey, "read", invoices_.find_by_creation_key)             \
    UNARY(GetCustomer, "read", invoices_.get_customer)                           \
    STREAM(WatchInvoices, "watch", watch_.watch_invoices)                        \
    UNARY(RegisterCustomer, "register", invoices_.register_customer)             \
    UNARY(ApplyInvoiceEvents, "apply", invoices_.apply_invoice_events)           \
    UNARY(ListRefetches, "reconcile", operators_.list_refetches)                 \
    UNARY(ReportRefetch, "reconcile", operators_.report_refetch)                 \
    UNARY(RequestRefetches, "reconcile", operators_.request_refetches)           \
    UNARY(RecordStripeAccount, "account", operators_.record_stripe_account)      \
    UNARY(BatchGetPaymentFacts, "reconcile", operators_.batch_get_payment_facts) \
    UNARY(GetCursor, "reconcile", operators_.get_cursor)                         \
    UNARY(MoveCursor, "reconcile", operators_.move_cursor)                       \
    UNARY(ListEvents, "inbox", operators_.list_events)                           \
    UNARY(GetEvent, "inbox", operators_.get_event)                               \
    UNARY(ReplayEvents, "inbox", operators_.replay_events)                       \
    UNARY(DiscardEvents, "inbox", operators_.discard_events)

namespace quittance::invoice_store {

#define QUITTANCE_GROUP_OF(method, group, handler) {"InvoiceStore." #method, group},
inline constexpr std::array<rpc::MethodGroup, 22> kMethodGroups{
    {QUITTANCE_INVOICE_STORE_METHODS(QUITTANCE_GROUP_OF, QUITTANCE_GROUP_OF)}};
#undef QUITTANCE_GROUP_OF

// The default of ALLOWED_CLIENTS: the services of Quittance and operators. Other readers of the store get a rule each.
inline constexpr std::string_view kUsualClients =
    "edge=read+register,webhook-ingester=read+apply+reconcile,stripe-gateway=account,operator=all";

}  // namespace quittance::invoice_store
