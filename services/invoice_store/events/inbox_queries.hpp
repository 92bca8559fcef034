// The inbox as operators read it: lists of events, and one event with its payload.
#pragma once

#include <pqxx/pqxx>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

// True for a word of InboxEvent.state.
bool is_event_state(std::string_view word);

// Newest first by arrival. The request must be free of violations (validation.hpp). INVALID_ARGUMENT: the page_token is
// none of this filter's.
rpc::Result<v1::ListEventsResponse> list_events(pqxx::connection& connection, const v1::ListEventsRequest& request);

// NOT_FOUND (reason "event_not_found").
rpc::Result<v1::InboxEvent> get_event(pqxx::connection& connection, const v1::GetEventRequest& request);

}  // namespace quittance::invoice_store
