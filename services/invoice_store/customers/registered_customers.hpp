// Registers the owners of Stripe's customers. A registration also moves the customer's past invoices to the owner, in
// one transaction.
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>
#include <vector>

#include "invoice_store/counts/invoice_counts.hpp"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

// The request must be free of violations (validation.hpp); an empty account counts as "default". The connection is
// prepared by prepare_counting.
v1::Customer register_customer(pqxx::connection& connection, const v1::Customer& customer);

// Unset: the customer is not registered.
std::optional<v1::Customer> find_customer(pqxx::connection& connection, const v1::GetCustomerRequest& request);

// Moves invoices and their counts to new owners: `owners` is a SELECT of id, user_id, user_name and team_id, with
// these parameters. The caller holds kRegistrationLock alone, and calls counts.split_crowded after the commit.
void move_invoices(pqxx::transaction_base& transaction, std::string_view owners,
                   const std::vector<std::string>& parameters, InvoiceCounts& counts);
}  // namespace quittance::invoice_store
