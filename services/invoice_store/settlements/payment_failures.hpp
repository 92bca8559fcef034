// Why the last attempt to collect an invoice failed. Pure functions over the facts that tell of failed attempts.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "invoice_store/settlements/payment_merge.hpp"

namespace quittance::invoice_store {

// A failed attempt to collect. `time` of the error is set.
struct FailedAttempt {
    v1::PaymentError error;
    google::protobuf::Timestamp event_time;
};

// The last failed attempt of each invoice. A fact's invoices are found by the rule of payment_groups.hpp, but a
// cancelled payment is still the invoice's; a detached one is not. The later time stands, then the later event, then
// the greater object id.
std::map<std::string, FailedAttempt> last_failures(const std::vector<StoredPayment>& payments,
                                                   const std::vector<StoredFact>& facts);

// True if an invoice with this status shows why an attempt failed.
bool shows_failure(std::string_view status);

}  // namespace quittance::invoice_store
