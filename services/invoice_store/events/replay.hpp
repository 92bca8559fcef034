// Replays events that could not be applied, or discards them, for operators.
#pragma once

#include <pqxx/pqxx>
#include <span>
#include <vector>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

// Reads the stored payload again with the present reader, as an event for the writer with source REPLAY. The payload is
// left out, because the inbox holds it. An unreadable payload sets `problem`.
v1::InvoiceEvent replayed(const v1::InboxEvent& stored);

// The named events as replays for the writer, in the order of the names; unset where there is no such event. All
// payloads are in memory at once, so name few events at a time.
std::vector<std::optional<v1::InvoiceEvent>> load_replays(pqxx::connection& connection,
                                                          std::span<const v1::EventName> names);

// Marks dead events as ignored, with the reason. FAILED_PRECONDITION (reason "event_not_dead"): an event is not dead or
// does not exist; then no event is changed.
rpc::Result<v1::DiscardEventsResponse> discard_events(pqxx::connection& connection,
                                                      const v1::DiscardEventsRequest& request);

}  // namespace quittance::invoice_store
