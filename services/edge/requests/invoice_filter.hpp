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

// RFC 3339: "2023-11-06T15:07:28.550Z", "2023-11-06T16:07:28+01:00", or a day alone, which is its midnight UTC.
std::optional<google::protobuf::Timestamp> parse_time(std::string_view text);

}  // namespace quittance::edge
