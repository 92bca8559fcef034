// Stores facts about payments, refunds and disputes: the newest state of each object, the invoice that it belongs to,
// and the invoice's settlement. Transactions with facts share one lock, which invoice events never take.
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

struct FactChange {
    bool applied = false;           // false: a newer state of the object was stored
    std::string stripe_invoice_id;  // the fact's invoice; empty: not known yet
};

// Merges the events' facts with the stored ones and recomputes the settlements of their invoices. All events must have
// a payment_fact without fact_problem. Returns one result for each event, in their order.
std::vector<FactChange> apply_facts(pqxx::transaction_base& transaction,
                                    const std::vector<const v1::InvoiceEvent*>& events);

// Why the fact cannot be stored. Unset: it can, or the event has none.
std::optional<std::string> fact_problem(const v1::InvoiceEvent& event);

// The ids in an invoice by which payment facts find it.
struct PaymentNames {
    std::string account;
    bool livemode = false;
    std::string payment_intent_id;
    std::string charge_id;
};

void prepare_payment_lookup(pqxx::connection& connection);

// Assigns the facts that wait for an invoice with one of these ids, and recomputes its settlement, in a transaction of
// its own. Cheap where no fact waits.
void recompute_waiting_settlements(pqxx::connection& connection, const std::vector<PaymentNames>& names);

// The ids of up to `limit` facts that wait although an invoice with their id is stored: fact and invoice were written
// at the same time. Searches the facts stored within the last `window_seconds`; 0: all facts.
std::vector<PaymentNames> find_overlooked_payments(pqxx::connection& connection, int window_seconds, int limit);

}  // namespace quittance::invoice_store
