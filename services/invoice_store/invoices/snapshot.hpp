// Turns an event into the row that it would make by itself. The merge (merge.hpp) joins such snapshots.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

// The rank of a status. An unknown status counts as open: it may follow a draft, and it is not beyond a known status.
constexpr std::int32_t kDraftRank = 0;
constexpr std::int32_t kOpenRank = 1;
constexpr std::int32_t kUncollectibleRank = 2;
constexpr std::int32_t kPaidOrVoidRank = 3;
constexpr std::int32_t kDeletedRank = 4;
std::int32_t rank_of(std::string_view status);

// The first 16 bytes of a SHA-256 over the invoice's contents. Two events of one second agree if their hashes are
// equal. The hash leaves out:
//   - fields that the store sets, and the time of the last attempt, which not every payload tells;
//   - fields that depend on the payload's API version or expire (payment intent, charge, the text of links);
//   - lines beyond the ten that every payload can carry.
std::string content_hash(const v1::Invoice& invoice);

// The contract's `amount`: the amount paid for a paid invoice, else the amount due. Before API version 2025-03-31 an
// invoice paid out of band has amount_paid 0; its amount due was paid.
std::int64_t contract_amount(const v1::Invoice& invoice);

// The event's invoice with every field set that belongs to the store, as if no event had come before: a statement for
// the merge. Its time counts in whole seconds. The event must have no content_problem.
v1::Invoice snapshot_of(const v1::InvoiceEvent& event);

// Says why the event's invoice cannot be stored, without quoting its contents. Unset: it can be stored, or the event
// has no invoice.
std::optional<std::string> content_problem(const v1::InvoiceEvent& event);

}  // namespace quittance::invoice_store
