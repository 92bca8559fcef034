// Reads the inbox, page by page.
#pragma once

#include <vector>

#include "clients/services.hpp"
#include "reconcile/store_calls.hpp"

namespace quittance::quittancectl {

// Up to `limit` events, newest first.
reconcile::Answer<std::vector<v1::InboxEvent>> read_events(clients::Services& services, v1::ListEventsRequest request,
                                                           std::size_t limit);

}  // namespace quittance::quittancectl
