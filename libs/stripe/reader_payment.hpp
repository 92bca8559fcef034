// Reads one payment of one invoice, as an event shows it or as an element of an invoice's expanded `payments`.
// https://docs.stripe.com/api/invoice-payment/object
#pragma once

#include <google/protobuf/repeated_field.h>

#include "quittance/v1/invoice.pb.h"
#include "stripe/json_fields.hpp"

namespace quittance::stripe {

// Ids longer than 255 bytes and amounts below zero are problems. Everything that is absent stays empty.
v1::InvoicePayment read_invoice_payment(const Fields& payment);

// The elements of an invoice's expanded `payments` that have an id. None where they are not expanded.
google::protobuf::RepeatedPtrField<v1::InvoicePayment> read_invoice_payments(const Fields& invoice,
                                                                             std::string& problem);

// The payment that stands for an invoice where one is shown: a paid one before an open one, and this before one that
// was cancelled or detached. Among these the default one, then the first one. Null: none names a payment intent or a
// charge.
const v1::InvoicePayment* shown_payment(const google::protobuf::RepeatedPtrField<v1::InvoicePayment>& payments);

}  // namespace quittance::stripe
