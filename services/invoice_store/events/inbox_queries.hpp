// Reads the inbox for operators: lists of events, and one event with its payload.
#pragma once

#include <pqxx/pqxx>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

// True for a value of InboxEvent.state.
bool is_event_state(std::string_view word);

// Lists events by arrival, newest first. The request must be free of violations (validation.hpp). INVALID_ARGUMENT: the
// page_token does not belong to this filter.
rpc::Result<v1::ListEventsResponse> list_events(pqxx::connection& connection, const v1::ListEventsRequest& request);

// NOT_FOUND (reason "event_not_found").
rpc::Result<v1::InboxEvent> get_event(pqxx::connection& connection, const v1::GetEventRequest& request);

}  // namespace quittance::invoice_store
