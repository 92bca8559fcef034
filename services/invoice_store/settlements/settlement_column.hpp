// What became of an invoice's money, as a field of whoever selects an invoice "i".
#pragma once

#include <pqxx/pqxx>
#include <string_view>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

// A look-up by key, as one field, so that whoever selects it needs no join of his own. Null: nothing is known.
std::string_view settlement_column();

// Sets what the field says, and moves update_time to it where that is older. The invoice must show its status,
// amount_minor, amount_paid_minor and update_time.
void read_settlement(const pqxx::field& field, v1::Invoice& invoice);

}  // namespace quittance::invoice_store
