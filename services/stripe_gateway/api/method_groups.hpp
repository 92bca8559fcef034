// The index of the gRPC service StripeGateway: every method, the group in ALLOWED_CLIENTS that allows it, and its
// handler.
#pragma once

#include <array>
#include <string_view>

#include "rpc/server/callers.hpp"

// UNARY(method, group, handler). The handlers are named as in grpc_service.cpp.
#define QUITTANCE_STRIPE_GATEWAY_METHODS(UNARY)                          \
    UNARY(CreateInvoice, "create", handlers_.create)                     \
    UNARY(PayInvoice, "act", handlers_.pay)                              \
    UNARY(FinalizeInvoice, "act", handlers_.finalise)                    \
    UNARY(VoidInvoice, "act", handlers_.make_void)                       \
    UNARY(MarkInvoiceUncollectible, "act", handlers_.mark_uncollectible) \
    UNARY(SendInvoice, "act", handlers_.send)                            \
    UNARY(RetrieveInvoice, "retrieve", handlers_.retrieve)               \
    UNARY(ListEvents, "list", handlers_.list_events)                     \
    UNARY(ListInvoices, "list", handlers_.list_invoices)                 \
    UNARY(FindPaidInvoice, "list", handlers_.find_paid_invoice)          \
    UNARY(RetrieveEvent, "list", handlers_.retrieve_event)               \
    UNARY(ListRefunds, "list", handlers_.list_refunds)                   \
    UNARY(ListDisputes, "list", handlers_.list_disputes)

namespace quittance::stripe_gateway {

#define QUITTANCE_GROUP_OF(method, group, handler) {"StripeGateway." #method, group},
inline constexpr std::array<rpc::MethodGroup, 13> kMethodGroups{{QUITTANCE_STRIPE_GATEWAY_METHODS(QUITTANCE_GROUP_OF)}};
#undef QUITTANCE_GROUP_OF

// The default of ALLOWED_CLIENTS: the services of Quittance and operators.
inline constexpr std::string_view kUsualClients =
    "edge=create+act+retrieve,webhook-ingester=retrieve+list,operator=all";

}  // namespace quittance::stripe_gateway
