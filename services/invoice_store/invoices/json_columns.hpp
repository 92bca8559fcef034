// The two parts of an invoice that are kept as JSON in its row: its lines and its metadata.
#pragma once

#include <string>
#include <string_view>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

std::string lines_to_json(const v1::Invoice& invoice);
std::string metadata_to_json(const v1::Invoice& invoice);

// Append to `invoice` what the functions above wrote. Throw boost::system::system_error for what is not JSON.
void add_lines_of_json(std::string_view json, v1::Invoice& invoice);
void add_metadata_of_json(std::string_view json, v1::Invoice& invoice);

}  // namespace quittance::invoice_store
