// What operators do with events that could not be applied: read them anew from their payload, or settle them.
#pragma once

#include <pqxx/pqxx>
#include <span>
#include <vector>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

// The stored event as today's reader reads it, for the writer, with source REPLAY and without its payload, which the
// inbox has. What cannot be read has `problem` set.
v1::InvoiceEvent replayed(const v1::InboxEvent& stored);

// The named events as the writer takes them, in the order of the names; unset where there is none. All payloads are in
// memory at once: name few at a time.
std::vector<std::optional<v1::InvoiceEvent>> load_replays(pqxx::connection& connection,
                                                          std::span<const v1::EventName> names);

// Settles dead events as ignored, with the reason. FAILED_PRECONDITION (reason "event_not_dead"): one is not dead, or
// is not there; then none is touched.
rpc::Result<v1::DiscardEventsResponse> discard_events(pqxx::connection& connection,
                                                      const v1::DiscardEventsRequest& request);

}  // namespace quittance::invoice_store
