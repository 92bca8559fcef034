// What could be an id at all: rules on text alone, which decide before anybody is asked.
#pragma once

#include <string_view>

namespace quittance::edge {

// What could be an invoice's id at all: 24 lower-case hex digits, or Stripe's in_…, of letters, digits, '_' and '-'.
// Bytes that are no UTF-8 would fail the whole batch of gets that the id travels in.
bool could_be_invoice_id(std::string_view id);
// What could be an id of Stripe's: 1 to 255 letters, digits, '_' and '-'.
bool could_be_stripe_id(std::string_view id);

}  // namespace quittance::edge
