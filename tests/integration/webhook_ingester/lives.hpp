// Whole lives of invoices as the events that Stripe would send of them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace quittance::test {

// The events of invoice number `number`, in the order in which they happened, no two in the same second: by turns paid
// at the second try, voided, written off and then paid, paid with everything in its basil shape, and a deleted draft.
std::vector<std::string> life_of_invoice(std::size_t number);

// Its status at the end, in the store's words.
std::string end_of_invoice(std::size_t number);

}  // namespace quittance::test
