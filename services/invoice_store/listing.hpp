// Lists invoices, newest first, by number or by cursor, and tells how many there are.
#pragma once

#include <pqxx/pqxx>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

void prepare_lists(pqxx::connection& connection);

// A page, as the proto says. The request must be free of violations (validation.hpp). INVALID_ARGUMENT: the page_token
// is none of this filter's, or after_id names no invoice of the scope.
rpc::Result<v1::ListInvoicesResponse> list_invoices(pqxx::connection& connection,
                                                    const v1::ListInvoicesRequest& request);

}  // namespace quittance::invoice_store
