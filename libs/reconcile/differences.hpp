// Two states of one invoice, compared field by field.
#pragma once

#include <string>
#include <vector>

#include "quittance/v1/invoice.pb.h"

namespace quittance::reconcile {

struct FieldDifference {
    std::string field;  // the name in invoice.proto
    std::string in_store;
    std::string at_stripe;
};

// The fields that differ. Not compared: fields that only the store fills, links (they expire), and fields that not
// every API version has.
std::vector<FieldDifference> differences(const v1::Invoice& in_store, const v1::Invoice& at_stripe);

// Their names, separated by spaces: for logs, because the values are the customer's.
std::string names_of(const std::vector<FieldDifference>& differences);

}  // namespace quittance::reconcile
