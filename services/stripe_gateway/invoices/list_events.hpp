// Stripe's list of events, read as the webhook reads them: what no webhook brought is found here.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/status.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

// A page, cut where it would be too large for one message. OUT_OF_RANGE (reason "cursor_expired") where Stripe does not
// know the event of starting_after any more. The request is validated and outlives the call.
boost::asio::awaitable<rpc::Result<v1::ListStripeEventsResponse>> list_events(
    const Invoices& invoices, const v1::ListStripeEventsRequest& request, Terms terms);

// Whether an event of this type was asked for: by name, or by a pattern that ends in ".*". No types: what the store
// wants.
bool asked_for(const v1::ListStripeEventsRequest& request, std::string_view type);

// Puts what Stripe listed into `response`; says where it cannot. Pure.
grpc::Status read_event_page(const v1::ListStripeEventsRequest& request, std::string_view account,
                             std::string_view body, v1::ListStripeEventsResponse& response);

}  // namespace quittance::stripe_gateway
