// Maps Stripe's refusals and missing answers to the statuses that stripe_gateway.proto documents. Stripe's own message
// travels in ErrorDetail.stripe. Our messages about a field use the name that the caller knows.
#pragma once

#include <string>
#include <string_view>

#include "rpc/status.hpp"
#include "stripe_gateway/stripe_api/stripe_calls.hpp"

namespace quittance::stripe_gateway {

// The status of a call that did not succeed. `first_item`: the index of the request's item that lines[0] of the call
// stands for.
grpc::Status status_of(const CallResult& result, int first_item = 0);

// The status of a refusal: a 400, 401, 402, 403, 404 or 409.
grpc::Status status_of_refusal(const v1::StripeError& error, int first_item = 0);

// FAILED_PRECONDITION: the invoice's present state forbids the action. `error`: Stripe's refusal, may be null.
grpc::Status wrong_state(std::string_view present_status, const v1::StripeError* error);

// The caller's name of a parameter at Stripe: "items[53].amount" for "lines[3][amount]" of the second batch. Empty if
// the caller has no such field.
std::string field_of(std::string_view param, int first_item);

}  // namespace quittance::stripe_gateway
