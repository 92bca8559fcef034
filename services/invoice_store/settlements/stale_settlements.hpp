// Settlements that do not fit the invoice any more. An invoice and a fact may be written by two transactions at the
// same time, each before the other is visible. So each batch looks again after its commit, and a sweep finds what was
// missed.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "invoice_store/settlements/payment_links.hpp"

namespace quittance::invoice_store {

void prepare_stale_settlements(pqxx::connection& connection);

// What the events of a batch tell that may change settlements.
class ToldPayments {
  public:
    void add(const v1::InvoiceEvent& event);
    bool empty() const { return named_.empty() && stated_.empty() && facts_.empty(); }

    // Recomputes the settlements that do not fit, in a transaction of its own. Cheap where all fit.
    void recompute_stale(pqxx::connection& connection) const;

  private:
    struct Named {
        AccountMode where;
        v1::InvoicePayment payment;
    };

    std::vector<Named> named_;                 // by invoices
    std::map<AccountMode, LinkNames> stated_;  // payments with an id that invoices list
    std::vector<std::string> facts_;           // object ids
};

// Recomputes the settlements of up to `limit` facts that wait although a payment names them, of those stored within the
// last `window_seconds`; 0: of all. Returns how many there were.
int recompute_waiting_facts(pqxx::connection& connection, int window_seconds, int limit);

// What the sweep has come to in its round through all facts and all settlements. Empty: the beginning.
struct StaleRound {
    std::string fact;     // object id
    std::string invoice;  // Stripe's id
};

// Recomputes what does not fit among the next `limit` facts and the next `limit` settlements.
void recompute_stale_after(pqxx::connection& connection, StaleRound& round, int limit);

}  // namespace quittance::invoice_store
