// The settlement of an invoice as one column of any SELECT from the invoices "i".
#pragma once

#include <pqxx/pqxx>
#include <string_view>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

// A look-up by key as one field, so that the SELECT needs no join. Its text is the settlement's columns, which
// read_settlement reads. Null: no settlement is known.
std::string_view settlement_column();

// Sets the invoice's settlement and payment_error from the field, and its update_time where the settlement's is later.
// The invoice must already have its status, amount_minor, amount_paid_minor and update_time.
void read_settlement(const pqxx::field& field, v1::Invoice& invoice);

}  // namespace quittance::invoice_store
