// Lists invoices, newest first, by number or by cursor, and tells how many there are.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "invoice_store/lists/page_statements.hpp"
#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

void prepare_lists(pqxx::connection& connection);

// Ids of invoices that a list showed by their columns, one of them at least because it has no list entry: for
// ListEntryKeeper.
using WithoutEntry = std::vector<std::string>;

// A page, as the proto says. The request must be free of violations (validation.hpp). INVALID_ARGUMENT: the page_token
// is none of this filter's, or after_id names no invoice of the scope.
rpc::Result<v1::ListInvoicesResponse> list_invoices(pqxx::connection& connection,
                                                    const v1::ListInvoicesRequest& request,
                                                    WithoutEntry* without_entry = nullptr);

// The same for a page whose start is known, into an empty `response`.
void read_list(pqxx::connection& connection, const v1::ListInvoicesRequest& request, std::string start,
               v1::ListInvoicesResponse& response, WithoutEntry* without_entry);

// By columns alone, where a row was met that has no list entry.
void read_list_by_columns(pqxx::connection& connection, const v1::ListInvoicesRequest& request, std::string start,
                          v1::ListInvoicesResponse& response, WithoutEntry* without_entry);

// The id that the page starts after, empty where it starts at the newest; or the INVALID_ARGUMENT above.
rpc::Result<std::string> start_of(pqxx::connection& connection, const v1::ListInvoicesRequest& request);

// What start_of says where after_id names no invoice of the scope.
grpc::Status no_such_start();

}  // namespace quittance::invoice_store
