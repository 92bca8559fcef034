// The settlement of an invoice: pure functions from the newest states of charges, refunds and disputes to sums and a
// state. https://docs.stripe.com/refunds, https://docs.stripe.com/disputes/how-disputes-work
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

// The newest state of one object, and the event that brought it.
struct StoredFact {
    v1::PaymentFact fact;
    google::protobuf::Timestamp event_time;
    std::string event_id;
};

// Merges two states of the same object. The later event wins. Within a second the further progress wins (a failed
// refund over a pending one, a charge with more refunded), then the greater event id. The ids of invoice, payment
// intent and charge never change, and are kept once known. Commutative, associative and idempotent.
StoredFact merge_facts(StoredFact left, StoredFact right);

struct Settlement {
    std::int64_t amount_refunded_minor = 0;
    std::int64_t amount_disputed_minor = 0;  // of open and lost disputes
    bool dispute_open = false;
    bool dispute_lost = false;
    google::protobuf::Timestamp update_time;  // of the newest fact
};

// The refunded amount of each charge is the greater of two: the charge's own amount less the refunds that failed since,
// and the sum of its refunds that did not fail. An inquiry ("warning_…") moves no money and is no dispute yet.
Settlement settlement_of(const std::vector<StoredFact>& facts);

// The value of Invoice.settlement. An invoice that was never paid has "none", whatever its charges say.
std::string_view settlement_word(const v1::Invoice& invoice, const Settlement& settlement);

}  // namespace quittance::invoice_store
