// Lists invoices, newest first, by number or by cursor, and tells how many there are.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "invoice_store/list_statement.hpp"
#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

void prepare_lists(pqxx::connection& connection);

// A page, as the proto says. The request must be free of violations (validation.hpp). INVALID_ARGUMENT: the page_token
// is none of this filter's, or after_id names no invoice of the scope.
rpc::Result<v1::ListInvoicesResponse> list_invoices(pqxx::connection& connection,
                                                    const v1::ListInvoicesRequest& request);

// The same for a page whose start is known, into an empty `response`.
void read_list(pqxx::connection& connection, const v1::ListInvoicesRequest& request, std::string start,
               v1::ListInvoicesResponse& response);

// The id that each page starts after, empty where it starts at the newest; or the INVALID_ARGUMENT above.
std::vector<rpc::Result<std::string>> starts_of(pqxx::connection& connection,
                                                const std::vector<const v1::ListInvoicesRequest*>& requests);

// Adds the row, whose select_list begins at `first_column`. False: the page was full, and knows now that more follows.
bool add_row(v1::ListInvoicesResponse& response, const pqxx::row& row, int first_column, const Page& page,
             const v1::ListInvoicesRequest& request);

}  // namespace quittance::invoice_store
