// What a team's own dashboard asks for: its newest invoice, and its history page by page. Lists of one team, within the
// scope of who asks.
#pragma once

#include <optional>
#include <pqxx/pqxx>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

// The requests must be free of violations (validation.hpp).

// NOT_FOUND where the team has none, or is not within the scope.
rpc::Result<v1::Invoice> last_invoice(pqxx::connection& connection, const v1::GetLastInvoiceRequest& request);

// A page past the end is empty; so is each of a team that is not within the scope.
rpc::Result<v1::GetBillingHistoryResponse> billing_history(pqxx::connection& connection,
                                                           const v1::GetBillingHistoryRequest& request);

}  // namespace quittance::invoice_store
