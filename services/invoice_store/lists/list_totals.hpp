// Counts the invoices of a list.
#pragma once

#include <cstdint>
#include <pqxx/pqxx>

#include "invoice_store/lists/list_filter.hpp"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

void prepare_totals(pqxx::connection& connection);

// True if the filter has at most a team and a status: then the total is a sum over a few rows of invoice_totals.
bool is_counted_by_status(const v1::InvoiceFilter& filter);

// The number of invoices of these teams that match the filter.
std::int64_t total_of(pqxx::connection& connection, const Teams& teams, const v1::InvoiceFilter& filter);

}  // namespace quittance::invoice_store
