// What became of an invoice's money: pure functions from the newest words about charges, refunds and disputes to sums
// and a state. https://docs.stripe.com/refunds, https://docs.stripe.com/disputes/how-disputes-work
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

// The present word about one object, and the event that brought it.
struct KnownFact {
    v1::PaymentFact fact;
    google::protobuf::Timestamp event_time;
    std::string event_id;
};

// Joins two words about the same object. The later event's stands; within a second the one that is further on (a refund
// that failed after one that is pending, a charge with more refunded), then the greater event id. The names of invoice,
// payment intent and charge never change, and are kept once told. Commutative, associative and idempotent.
KnownFact join(KnownFact left, KnownFact right);

struct Settlement {
    std::int64_t amount_refunded_minor = 0;
    std::int64_t amount_disputed_minor = 0;  // of open and lost disputes
    bool dispute_open = false;
    bool dispute_lost = false;
    google::protobuf::Timestamp update_time;  // of the newest fact
};

// Of each charge counts the greater of what the charge says was refunded, less refunds that failed since, and the sum
// of its refunds that did not fail. An inquiry ("warning_…") moves no money and is no dispute yet.
Settlement settlement_of(const std::vector<KnownFact>& facts);

// The word of Invoice.settlement. What was never paid is "none", whatever is said of charges.
std::string_view settlement_word(const v1::Invoice& invoice, const Settlement& settlement);

}  // namespace quittance::invoice_store
