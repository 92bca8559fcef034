// Divides what went back to the payers among the invoices that the payments paid. Pure functions from the newest states
// of payments, refunds, disputes and credit notes to the settlement of each invoice.
// https://docs.stripe.com/refunds, https://docs.stripe.com/disputes/how-disputes-work,
// https://docs.stripe.com/api/credit_notes/object
#pragma once

#include <map>
#include <string>
#include <vector>

#include "invoice_store/settlements/payment_merge.hpp"
#include "invoice_store/settlements/settlement.hpp"

namespace quittance::invoice_store {

struct PaymentShares {
    std::map<std::string, Settlement> settlements;  // by invoice: of each that a payment or a fact names
    // An invoice of each fact, by the fact's object: the one that it names, else the smallest one of its payments.
    // Empty: no payment ties it yet.
    std::map<std::string, std::string> owners;
};

// The rules, group by group (payment_groups.hpp):
//   - The money of a group paid the invoices that a payment names which is neither cancelled nor detached, and those
//     that a charge, refund or dispute names itself.
//   - An invoice gets back at most what it paid. So a full refund or dispute of shared money gives each its own part.
//     Credit notes tell whose a partial refund is; without them the share is unknown.
//   - A credit note's refund counts once, whether a fact tells of the refund or not. What a credit note gave back
//     through a payment record or out of band is told by nobody else, and is added.
//   - A lost dispute counts until it is won, during appeals too. "prevented" and "warning_…" move no money.
PaymentShares divide(const std::vector<StoredPayment>& payments, const std::vector<StoredFact>& facts);

}  // namespace quittance::invoice_store
