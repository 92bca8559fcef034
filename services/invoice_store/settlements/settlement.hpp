// The settlement of an invoice: what became of its money after payment, as sums and as a word.
#pragma once

#include <cstdint>
#include <string_view>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

struct Settlement {
    std::int64_t amount_refunded_minor = 0;
    std::int64_t amount_disputed_minor = 0;  // of open and lost disputes
    bool dispute_open = false;
    bool dispute_lost = false;
    // A part of a payment that paid several invoices went back, and nobody told yet whose part it is. The sums have
    // what is certain.
    bool share_unknown = false;
    // Nobody followed or asked for refunds and disputes since the invoice was paid.
    bool unfollowed = false;
    google::protobuf::Timestamp update_time;  // of the newest fact
    v1::PaymentError failure;                 // the last failed attempt to collect; without a time: none failed
    google::protobuf::Timestamp asked_time;   // of the last question about this invoice; 0: none
};

// What the payer paid for the invoice. No more than that is shown as given back.
std::int64_t received_minor(const v1::Invoice& invoice);

// The value of Invoice.settlement. An invoice that was never paid has "none", whatever its charges say.
std::string_view settlement_word(const v1::Invoice& invoice, const Settlement& settlement);

}  // namespace quittance::invoice_store
