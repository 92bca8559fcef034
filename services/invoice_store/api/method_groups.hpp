// What a caller of the store can be allowed, in ALLOWED_CLIENTS: every method is in one of these groups.
#pragma once

#include <array>
#include <string_view>

#include "rpc/server/callers.hpp"

namespace quittance::invoice_store {

namespace groups {
inline constexpr std::array<std::string_view, 8> kRead{
    "InvoiceStore.GetInvoice",        "InvoiceStore.BatchGetInvoices", "InvoiceStore.BatchListInvoices",
    "InvoiceStore.ListInvoices",      "InvoiceStore.GetLastInvoice",   "InvoiceStore.GetBillingHistory",
    "InvoiceStore.FindByCreationKey", "InvoiceStore.GetCustomer"};
inline constexpr std::array<std::string_view, 1> kWatch{"InvoiceStore.WatchInvoices"};
inline constexpr std::array<std::string_view, 1> kRegister{"InvoiceStore.RegisterCustomer"};
inline constexpr std::array<std::string_view, 1> kApply{"InvoiceStore.ApplyInvoiceEvents"};
inline constexpr std::array<std::string_view, 3> kReconcile{"InvoiceStore.ListRefetches", "InvoiceStore.GetCursor",
                                                            "InvoiceStore.MoveCursor"};
inline constexpr std::array<std::string_view, 4> kInbox{"InvoiceStore.ListEvents", "InvoiceStore.GetEvent",
                                                        "InvoiceStore.ReplayEvents", "InvoiceStore.DiscardEvents"};
}  // namespace groups

inline constexpr std::array<rpc::MethodGroup, 6> kMethodGroups{{{"read", groups::kRead},
                                                                {"watch", groups::kWatch},
                                                                {"register", groups::kRegister},
                                                                {"apply", groups::kApply},
                                                                {"reconcile", groups::kReconcile},
                                                                {"inbox", groups::kInbox}}};

// Who needs what. Services of your own that read get a part of their own.
inline constexpr std::string_view kUsualClients =
    "edge=read+register,webhook-ingester=read+apply+reconcile,operator=all";

}  // namespace quittance::invoice_store
