// Queues invoices for a refetch because a caller asks for it: a thin event named one, or an event was too large.
#pragma once

#include <pqxx/pqxx>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

// The request must be free of violations (validation.hpp). Only an answer of a later second than now ends these
// entries. An entry that is there keeps its reason, unless a later event could end it.
rpc::Result<v1::RequestRefetchesResponse> request_refetches(pqxx::connection& connection,
                                                            const v1::RequestRefetchesRequest& request);

}  // namespace quittance::invoice_store
