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

// What the store says otherwise than Stripe does. Left out: what only the store knows, links (they expire), and what
// the shapes of different API versions do not both carry.
std::vector<FieldDifference> differences(const v1::Invoice& in_store, const v1::Invoice& at_stripe);

}  // namespace quittance::reconcile
