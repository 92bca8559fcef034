// The advisory locks of the store, in the order in which a transaction may take them: a transaction that holds one
// never asks for one above it, so two transactions never wait for each other.
#pragma once

#include <cstdint>

namespace quittance::invoice_store {

// 1. Keeps registrations of customers and batches of events apart. A batch holds it shared before it looks up the
// owners of its invoices; a registration, a batch that moves invoices, and a split of a count hold it alone. So no
// invoice of a batch misses a registration that commits meanwhile.
inline constexpr std::int64_t kRegistrationLock = 7'218'843;

// 2. Held alone by each transaction that finds the invoices of payment facts: a payment's names may link facts that
// different transactions bring.
inline constexpr std::int64_t kFactsLock = 7'218'844;

// 3. Held alone by the process that trims the table of changes. It is only tried, never waited for, and its
// transaction takes no other.
inline constexpr std::int64_t kTrimLock = 0x7175'6974'7472'696d;

}  // namespace quittance::invoice_store
