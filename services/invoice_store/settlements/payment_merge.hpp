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

// Before basil, Stripe shows the payment intent and the charge of an invoice, and no payment with an id. Such a payment
// has an id of ours, made of both. It counts unless Stripe tells of a payment with an id that ties the same two.
bool is_derived(const v1::InvoicePayment& payment);
v1::InvoicePayment derived_payment_of(const v1::Invoice& invoice);

// The payments that an event tells of: those of its fact, those that its invoice lists, or the derived one.
std::vector<StoredPayment> payments_in(const v1::InvoiceEvent& event);

// The fact of an event, with what its kind implies.
StoredFact fact_in(const v1::InvoiceEvent& event);

}  // namespace quittance::invoice_store
