// What Stripe tells of customers: for those that nobody registered it says whose their invoices are, past ones too.
//
// The rule, wherever an invoice is written or moved: a registration says everything. Else the user's id and the team
// are those of the invoice's metadata, else those of the customer's; the name is the customer's present one, else the
// one on the invoice.
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "invoice_store/counts/invoice_counts.hpp"
#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

// Joins what the events say of customers: of each the later event stands, and within a second what customer_words.hpp
// says; the events must be in the inbox by now. Where that changes whose invoices are, they move along, which takes the
// registration lock alone (customers.hpp): unset without it, and nothing was written. Else whether each event applied,
// in their order; one that did not was older than what stands, or of its second and before it. All events must have a
// stripe_customer without customer_problem.
std::optional<std::vector<bool>> apply_customers(pqxx::transaction_base& transaction,
                                                 const std::vector<const v1::InvoiceEvent*>& events,
                                                 bool holds_lock_alone, InvoiceCounts& counts);

// Why the customer cannot be kept; unset where it can, or where there is none.
std::optional<std::string> customer_problem(const v1::InvoiceEvent& event);

}  // namespace quittance::invoice_store
