// The form of ids. A text that cannot be an id is refused before a service is called.
#pragma once

#include <string_view>

namespace quittance::edge {

// True for 24 lower-case hex digits and for Stripe's in_… of letters, digits, '_' and '-'. An id that is not UTF-8
// would fail the whole batch of gets that it travels in.
bool could_be_invoice_id(std::string_view id);
// True for 1 to 255 letters, digits, '_' and '-'.
bool could_be_stripe_id(std::string_view id);

}  // namespace quittance::edge
