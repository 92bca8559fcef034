// How much may travel in one call to invoice_store. The store refuses longer batches; callers that batch use the same
// figures.
#pragma once

#include <chrono>
#include <cstddef>

namespace quittance::rpc {

inline constexpr std::size_t kBatchItems = 256;  // events, gets, or names of events
inline constexpr std::size_t kBatchLists = 64;   // one list may hold 100 invoices
// Of a batch that a caller collects. The limit of a message is eight times this.
inline constexpr std::size_t kBatchBytes = 1024 * 1024;

// When a second batch of events starts beside one in flight: the caller's call and the store's transaction alike.
// One fuller batch answers sooner than two small ones that wait for each other's locks.
inline constexpr std::size_t kMinBatchItems = 16;
inline constexpr std::chrono::milliseconds kMaxBatchDelay{10};

}  // namespace quittance::rpc
