// Which of the things that Stripe said of a customer within one second was the last: events know no finer time, come in
// any order, and their ids tell nothing. A pure function, so that every order of arrival ends in the same.
#pragma once

#include <string>
#include <vector>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

struct CustomerChange {
    std::string event_id;
    std::string type;  // "customer.updated"; empty: not known any more
    v1::StripeCustomer customer;
};

// The last of the words of one customer and one second; there must be one. The creation is the first and the deletion
// the last; among changes, the one whose result no other says that it changed (StripeCustomer.previous). Where that
// leaves several (a change that has not come yet; there and back again within the second), the greatest event id.
const CustomerChange& newest_of(const std::vector<CustomerChange>& words);

// Whether invoices of a customer that is as `left` says are whose those of `right` are.
bool same_owner(const v1::StripeCustomer& left, const v1::StripeCustomer& right);

}  // namespace quittance::invoice_store
