// Reads Stripe's list of events as the webhook reads them. It brings the events that no webhook delivered.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/status.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

// One page, cut if it would be too large for one message. OUT_OF_RANGE (reason "cursor_expired") if Stripe no longer
// has the event of starting_after. The request is validated and outlives the call.
boost::asio::awaitable<rpc::Result<v1::ListStripeEventsResponse>> list_events(
    const Invoices& invoices, const v1::ListStripeEventsRequest& request, CallBudget budget);

// Whether the request asks for events of this type: by name, or by a pattern that ends in ".*". A request without types
// asks for all that the store wants.
bool wants_type(const v1::ListStripeEventsRequest& request, std::string_view type);

// Puts the events of Stripe's `body` into `response`. INTERNAL if the body cannot be read. Pure.
grpc::Status read_event_page(const v1::ListStripeEventsRequest& request, std::string_view account,
                             std::string_view body, v1::ListStripeEventsResponse& response);

}  // namespace quittance::stripe_gateway
