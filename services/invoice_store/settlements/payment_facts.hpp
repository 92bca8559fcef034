// What Stripe said about payments, refunds and disputes: the newest word of each object, whose invoice it is about, and
// the settlement that follows. Facts take one lock among themselves, so that invoice events never wait for them.
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

struct FactChange {
    bool applied = false;           // false: a newer word of its object was there
    std::string stripe_invoice_id;  // whose it is; empty: not known yet
};

// Joins the facts of the events with what is known and settles the invoices that they lead to. All events must have a
// payment_fact without fact_problem. An outcome per event, in their order.
std::vector<FactChange> apply_facts(pqxx::transaction_base& transaction,
                                    const std::vector<const v1::InvoiceEvent*>& events);

// Why the fact cannot be kept; unset where it can, or where there is none.
std::optional<std::string> fact_problem(const v1::InvoiceEvent& event);

// The names by which an invoice may be found.
struct PaymentNames {
    std::string account;
    bool livemode = false;
    std::string payment_intent_id;
    std::string charge_id;
};

void prepare_payment_lookup(pqxx::connection& connection);

// Settles what waited for an invoice with one of these names, in a transaction of its own. Cheap where nothing waits.
void recompute_waiting_settlements(pqxx::connection& connection, const std::vector<PaymentNames>& names);

// The names of up to `limit` facts that wait although an invoice names them: they and their invoice were written at the
// same time. Looks at those stored within the last `window_seconds`; 0: at all.
std::vector<PaymentNames> find_overlooked_payments(pqxx::connection& connection, int window_seconds, int limit);

}  // namespace quittance::invoice_store
