// The filters of the Admin API's list.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "edge/requests/query.hpp"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::edge {

// status, team, user, customer, createdFrom (inclusive), createdTo (exclusive); all that are given must hold.
v1::InvoiceFilter read_filter(const Query& query, std::vector<http::FieldError>& errors);

}  // namespace quittance::edge
