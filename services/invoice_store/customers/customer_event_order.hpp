// Finds the newest of several customer events that carry the same second. Events know no finer time, arrive in any
// order, and their ids have no order. A pure function: every order of arrival gives the same result.
#pragma once

#include <string>
#include <vector>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

struct CustomerChange {
    std::string event_id;
    std::string type;  // "customer.updated"; empty: no longer known
    v1::StripeCustomer customer;
};

// The newest change of one customer within one second; there must be at least one. The creation is the first and the
// deletion the last. Among the others, the newest is the one whose result no other change names as its previous state
// (StripeCustomer.previous). If several remain, the greatest event id wins: an event is missing, or the customer was
// changed back within the second.
const CustomerChange& newest_of(const std::vector<CustomerChange>& changes);

// Whether the invoices of both customers have the same owner: name, user and team.
bool same_owner(const v1::StripeCustomer& left, const v1::StripeCustomer& right);

}  // namespace quittance::invoice_store
