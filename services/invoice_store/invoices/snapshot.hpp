// What one event says about an invoice, in the form of a row: the thing that the merge joins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

// 24 hex digits: 8 of `create_seconds` (0 to 2^32 - 1) and 16 of a hash of the identity. The same for every event of an
// invoice, so that it does not matter which comes first, and sorted by creation time.
std::string invoice_id(std::string_view account, bool livemode, std::string_view stripe_invoice_id,
                       std::int64_t create_seconds);

// 8 hex digits: what every id of an invoice created in that second begins with.
std::string id_prefix(std::int64_t create_seconds);

// Where a status stands in an invoice's life: draft 0, open 1, uncollectible 2, paid and void 3, deleted 4. A status
// that we do not know yet counts as open: it may follow a draft, and does not outrank an end that we do know.
std::int32_t rank_of(std::string_view status);

// SHA-256 of what the invoice says, first 16 bytes. Two events of one second agree if it is equal. Left out is
// what the store sets, what the merge joins by maximum, what depends on the payload's API version or expires by
// itself (payment intent, charge, the text of links), and lines beyond the ten that every payload can carry.
std::string content_hash(const v1::Invoice& invoice);

// The contract's `amount`: what was paid when paid, else what is due. Before API version 2025-03-31 an invoice paid out
// of band has amount_paid 0: what was due is what was paid.
std::int64_t contract_amount(const v1::Invoice& invoice);

// The event's invoice with everything set that is (store)'s to set, as if it were the first that we hear. The event
// must have no content_problem.
v1::Invoice snapshot_of(const v1::InvoiceEvent& event);

// Why the event's invoice cannot be stored, a sentence without its contents; unset where it can, or where there is
// none.
std::optional<std::string> content_problem(const v1::InvoiceEvent& event);

}  // namespace quittance::invoice_store
