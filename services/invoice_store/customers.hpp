// Whom Stripe's customers belong to. A registration moves the customer's past invoices along, in one transaction.
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>

#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

// The request must be free of violations (validation.hpp); an empty account counts as "default".
v1::Customer register_customer(pqxx::connection& connection, const v1::Customer& customer);

// Unset: nobody registered it.
std::optional<v1::Customer> find_customer(pqxx::connection& connection, const v1::GetCustomerRequest& request);

// Moves invoices, and the numbers of them, to owners: `owners` is a SELECT of id, user_id, user_name and team_id, with
// parameters of its own. One row with one field: what split_crowded (invoice_counts.hpp) wants after the commit. The
// caller holds the lock below alone.
std::string move_statement(std::string_view owners);

// The advisory lock that keeps registrations and batches apart: a batch holds it shared before it looks up whose an
// invoice is, so that none of its invoices slips by a registration that commits meanwhile.
constexpr long kRegistrationLock = 7'218'843;

}  // namespace quittance::invoice_store
