// The filters of the Admin API's list.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "edge/requests/query.hpp"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::edge {

// Reads status, team, user, customer, createdFrom (inclusive) and createdTo (exclusive). An invoice must match all that
// are given.
v1::InvoiceFilter read_filter(const Query& query, std::vector<http::FieldError>& errors);

}  // namespace quittance::edge
