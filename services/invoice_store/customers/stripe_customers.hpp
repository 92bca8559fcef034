// Stores Stripe's customers. An unregistered customer decides the owner of its invoices, including past ones.
//
// The rule wherever an invoice is written or moved: a registration decides everything. Without one, the user's id and
// the team come from the invoice's metadata, else from the customer's metadata. The name is the customer's present one,
// else the one on the invoice.
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "invoice_store/counts/invoice_counts.hpp"
#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

// Applies customer events that are already in the inbox. The later event of a customer wins; customer_event_order.hpp
// orders events of one second. All events must have a stripe_customer without customer_problem.
//
// Where an owner changes, the customer's invoices move along, which needs kRegistrationLock alone. Without that lock
// the result is unset, and nothing was written. Else the result says for each event, in their order, whether it
// applied. An event that did not apply is older than the stored one.
std::optional<std::vector<bool>> apply_customers(pqxx::transaction_base& transaction,
                                                 const std::vector<const v1::InvoiceEvent*>& events,
                                                 bool holds_lock_alone, InvoiceCounts& counts);

// Why the customer cannot be stored. Unset: it can, or the event has none.
std::optional<std::string> customer_problem(const v1::InvoiceEvent& event);

}  // namespace quittance::invoice_store
