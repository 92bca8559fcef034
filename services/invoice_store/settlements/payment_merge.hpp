// The merges of payments and of payment facts: pure functions that say how a later statement of Stripe changes what is
// stored of one object. Each is commutative, associative and idempotent, so every order and every duplication of
// statements ends in the same state.
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

// Merges two states of the same object. The later second wins. Within a second the further progress wins (a failed
// refund over a pending one, a charge with more refunded), then the greater event id. Of a failed attempt, the
// statement with more detail wins before that. The ids of invoice, payment intent and charge never change, and are kept
// once known.
StoredFact merge_facts(StoredFact left, StoredFact right);

// The newest state of one payment of one invoice, and the event that brought it. `event_time` has whole seconds.
struct StoredPayment {
    v1::InvoicePayment payment;
    google::protobuf::Timestamp event_time;
    std::string event_id;
};

// The same rule for payments: later second, further progress, greater amount, greater event id.
StoredPayment merge_payments(StoredPayment left, StoredPayment right);

// The progress of a payment with this status: open, an unknown word, paid, canceled, detached.
int payment_progress_of(std::string_view status);

// A cancelled or detached payment ties no refund and no dispute to its invoice.
bool is_over(const v1::InvoicePayment& payment);

// A link says only which invoice a payment intent or charge paid. Its id is ours: Stripe was asked for the invoice, or
// an older version of the store made a row of what an invoice named. It counts like a charge that names its invoice.
bool is_link(const v1::InvoicePayment& payment);

// Before basil, an invoice names one payment intent and its latest charge, and Stripe tells of no payment with an id.
bool names_payment(const v1::Invoice& invoice);

// The payment that an invoice names: without an id. It ends when the invoice names another one.
v1::InvoicePayment named_payment_of(const v1::Invoice& invoice);

// The payments with an id that an event tells of: that of its fact, or those that its invoice lists.
std::vector<StoredPayment> payments_in(const v1::InvoiceEvent& event);

// The fact of an event, with what its kind implies.
StoredFact fact_in(const v1::InvoiceEvent& event);

}  // namespace quittance::invoice_store
