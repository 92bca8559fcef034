// Lists that wait at the same time, read together: those of one form share a statement.
#pragma once

#include <pqxx/pqxx>
#include <vector>

#include "invoice_store/lists/listing.hpp"
#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

// As list_invoices for each of them, in their order: each list into its place in `lists`, which is emptied before.
// Tells how each went. The lists are as many as the requests.
std::vector<grpc::Status> list_together(pqxx::connection& connection,
                                        const std::vector<const v1::ListInvoicesRequest*>& requests,
                                        const std::vector<v1::ListInvoicesResponse*>& lists,
                                        WithoutEntry* without_entry = nullptr);

}  // namespace quittance::invoice_store
