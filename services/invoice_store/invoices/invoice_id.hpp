// The ids that we give to invoices: 8 hex digits of the creation time, then 16 of a hash of Stripe's identity.
// So an id sorts by creation time, and every event of an invoice leads to the same id, whichever comes first.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace quittance::invoice_store {

// The last creation time that 8 hex digits can hold, in seconds since 1970: in the year 2106.
inline constexpr std::int64_t kLastCreateSecond = std::numeric_limits<std::uint32_t>::max();

// The id of Stripe's invoice, 24 hex digits. `create_seconds`: 0 to kLastCreateSecond; others are clamped.
std::string invoice_id(std::string_view account, bool livemode, std::string_view stripe_invoice_id,
                       std::int64_t create_seconds);

// The 8 hex digits that begin every id of an invoice created in that second.
std::string id_prefix(std::int64_t create_seconds);

}  // namespace quittance::invoice_store
