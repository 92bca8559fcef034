// Reads one event by its id. A thin event shows no object, so its snapshot event is read instead, or the object itself.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/status.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

// The event as the store takes it; one that the store does not want has no contents.
//
// A thin event becomes its snapshot event where Stripe names one. Else it becomes an event with the thin event's id and
// time and with what its object says now. An invoice is not read: the event then has only type and object_id, and the
// caller asks for a refetch, whose answer is ordered by its own time. The same holds for the event that a health event
// says Stripe failed to make; stripe_account_id is set where it failed for a connected account.
//
// NOT_FOUND (reason "event_not_found") if Stripe has no such event, or its object no more. The request is validated and
// outlives the call.
boost::asio::awaitable<rpc::Result<v1::InvoiceEvent>> retrieve_event(const Invoices& invoices,
                                                                     const v1::RetrieveStripeEventRequest& request,
                                                                     CallBudget budget);

// What a thin event names, read from an answer of GET /v2/core/events/{id}.
struct NamedObject {
    v1::InvoiceEvent event;  // id, type without "v1.", time, mode, account
    std::string snapshot_event_id;
    std::string id;
    std::string type;  // "invoice", "refund"
};

// INTERNAL (reason "stripe_unreadable") if the body is no thin event, or a health event that names no object.
rpc::Result<NamedObject> read_named_object(std::string_view body);

}  // namespace quittance::stripe_gateway
