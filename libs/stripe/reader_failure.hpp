// Reads why an attempt to collect failed, from the payment intent or from the charge of the attempt. One attempt is one
// object of ours, whichever of the two tells of it.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include "quittance/v1/invoice.pb.h"
#include "stripe/json_fields.hpp"

namespace quittance::stripe {

// True for a payment that is of no invoice, by its own word. Before basil (2025-03-31) it names its invoice, or null.
bool pays_no_invoice(const Fields& payment);

// Sets the object's id, the amount, the charge and `failure` of a PAYMENT_FAILURE. `payment` is a charge or a payment
// intent. `event_time` is the time of the attempt where the object has none. False: the object tells of no failure.
bool read_failure(const Fields& payment, bool is_charge, const google::protobuf::Timestamp& event_time,
                  v1::PaymentFact& fact);

}  // namespace quittance::stripe
