// Why an attempt to collect failed, as a member of an invoice and as a header beside an answer of Stripe's.
#pragma once

#include "edge/responses/json_writer.hpp"
#include "http/message.hpp"
#include "quittance/v1/invoice.pb.h"
#include "quittance/v1/stripe_gateway.pb.h"

namespace quittance::edge {

// "paymentError":{"code":…,"declineCode":…,"message":…}; the last two are null where Stripe told none.
void write_payment_error(JsonWriter& json, const v1::PaymentError& error);

// Adds `Quittance-Payment-Error: CODE` if the payment failed. The body is Stripe's own and stays untouched.
void add_payment_error(const v1::StripeInvoice& invoice, http::Response& response);

}  // namespace quittance::edge
