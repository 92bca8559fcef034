// Stores payments, and facts about refunds, disputes and credit notes: the newest state of each object, an invoice that
// it belongs to, and the settlements of its invoices. Transactions with facts share one lock, which invoice events
// never take.
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

struct FactChange {
    bool applied = false;           // false: a newer state of the object was stored
    bool is_first = false;          // nothing was known of the object
    std::string stripe_invoice_id;  // an invoice of the fact; empty: none is known yet
};

// Writes the payments of these events' invoices, and marks invoices whose refunds nobody followed. The events have
// invoices. Costs no statement where none of them has a payment.
void write_invoice_payments(pqxx::transaction_base& transaction, const std::vector<const v1::InvoiceEvent*>& events);

// Merges the events' facts with the stored ones and recomputes the settlements of their invoices. All events must have
// a payment_fact without fact_problem. Returns one result for each event, in their order.
std::vector<FactChange> apply_facts(pqxx::transaction_base& transaction,
                                    const std::vector<const v1::InvoiceEvent*>& events);

// Why the fact cannot be stored. Unset: it can, or the event has none.
std::optional<std::string> fact_problem(const v1::InvoiceEvent& event);

void prepare_payments(pqxx::connection& connection);

}  // namespace quittance::invoice_store
