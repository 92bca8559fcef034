// What a caller of the gateway can be allowed, in ALLOWED_CLIENTS: every method is in one of these groups.
#pragma once

#include <array>
#include <string_view>

#include "rpc/server/callers.hpp"

namespace quittance::stripe_gateway {

namespace groups {
inline constexpr std::array<std::string_view, 1> kCreate{"StripeGateway.CreateInvoice"};
inline constexpr std::array<std::string_view, 5> kAct{
    "StripeGateway.PayInvoice", "StripeGateway.FinalizeInvoice", "StripeGateway.VoidInvoice",
    "StripeGateway.MarkInvoiceUncollectible", "StripeGateway.SendInvoice"};
inline constexpr std::array<std::string_view, 1> kRetrieve{"StripeGateway.RetrieveInvoice"};
inline constexpr std::array<std::string_view, 3> kList{"StripeGateway.ListEvents", "StripeGateway.ListInvoices",
                                                       "StripeGateway.FindPaidInvoice"};
}  // namespace groups

inline constexpr std::array<rpc::MethodGroup, 4> kMethodGroups{
    {{"create", groups::kCreate}, {"act", groups::kAct}, {"retrieve", groups::kRetrieve}, {"list", groups::kList}}};

// Who needs what.
inline constexpr std::string_view kUsualClients =
    "edge=create+act+retrieve,webhook-ingester=retrieve+list,operator=all";

}  // namespace quittance::stripe_gateway
