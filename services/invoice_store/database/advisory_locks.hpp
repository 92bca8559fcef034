// The advisory locks of the store, in the order in which a transaction may take them. A transaction that holds one
// takes no other that stands before it here, so that no two transactions wait for each other.
#pragma once

#include <cstdint>

namespace quittance::invoice_store {

// Keeps registrations and batches apart: a batch holds it shared before it looks up whose an invoice is, so that none
// of its invoices slips by a registration that commits meanwhile. A registration and a split of the counts hold it
// alone.
inline constexpr std::int64_t kRegistrationLock = 7'218'843;

// One transaction at a time writes payment facts and the settlements that follow from them.
inline constexpr std::int64_t kFactsLock = 7'218'844;

// One process at a time trims the table of changes. It takes no other lock.
inline constexpr std::int64_t kTrimLock = 0x7175'6974'7472'696d;

}  // namespace quittance::invoice_store
