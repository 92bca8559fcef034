// Stripe's lists of refunds and disputes as they are now, for audits of what no event told.
// https://docs.stripe.com/api/refunds/list, https://docs.stripe.com/api/disputes/list
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/status.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

// The request is validated and outlives the call.
boost::asio::awaitable<rpc::Result<v1::ListStripePaymentFactsResponse>> list_refunds(
    const Invoices& invoices, const v1::ListStripePaymentFactsRequest& request, CallBudget budget);
boost::asio::awaitable<rpc::Result<v1::ListStripePaymentFactsResponse>> list_disputes(
    const Invoices& invoices, const v1::ListStripePaymentFactsRequest& request, CallBudget budget);

// One page, `body`, read at `answer_time`. `type`: the type of an event about such an object. An object that cannot be
// read is logged and left out. INTERNAL (reason "stripe_unreadable") if the body is no list.
rpc::Result<v1::ListStripePaymentFactsResponse> read_fact_page(std::string_view account, std::string_view type,
                                                               std::string_view body,
                                                               const google::protobuf::Timestamp& answer_time);

}  // namespace quittance::stripe_gateway
