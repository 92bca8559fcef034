// Reads the newest invoice and the billing history of one team, within the scope of the caller.
#pragma once

#include <optional>
#include <pqxx/pqxx>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

// The requests must be free of violations (validation.hpp).

// NOT_FOUND: the team has no invoice, or is not within the scope.
rpc::Result<v1::Invoice> last_invoice(pqxx::connection& connection, const v1::GetLastInvoiceRequest& request);

// A page past the end is empty, and so is every page of a team outside the scope.
rpc::Result<v1::GetBillingHistoryResponse> billing_history(pqxx::connection& connection,
                                                           const v1::GetBillingHistoryRequest& request);

}  // namespace quittance::invoice_store
