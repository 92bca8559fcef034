// What Stripe says when a restricted key may not do something: which permission would have let it, and the sentence
// without the key, of which Stripe shows the beginning and the end. For the log; callers learn nothing of it.
#pragma once

#include <string>
#include <string_view>

namespace quittance::stripe_gateway {

// Stripe's names of the permissions in its sentence, comma-separated: "rak_invoice_write". Empty where it names none:
// the sentence is no contract.
std::string permissions_in(std::string_view message);

// The sentence with every API key in it, shown in full or in stars, replaced by its kind: "rk_test_…".
std::string without_keys(std::string_view message);

}  // namespace quittance::stripe_gateway
