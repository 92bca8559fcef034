// The metadata that the gateway writes on invoices and lines at Stripe. The names and values are stored data: they
// never change.
#pragma once

#include <string_view>

namespace quittance::stripe_gateway {

// On the invoice:
constexpr std::string_view kMetadataKey = "quittance_key";                   // the caller's idempotency key, unchanged
constexpr std::string_view kMetadataHash = "quittance_hash";                 // the hash of the request
constexpr std::string_view kMetadataLines = "quittance_lines";               // the number of lines of the request
constexpr std::string_view kMetadataSum = "quittance_sum";                   // the sum of their amounts, minor units
constexpr std::string_view kMetadataGeneration = "quittance_generation";     // of the draft: "1"
constexpr std::string_view kMetadataReleased = "quittance_released";         // "true": a draft that a caller may know
constexpr std::string_view kMetadataCollect = "quittance_collect";           // collect_word()
constexpr std::string_view kMetadataAcknowledged = "quittance_answered";     // "true": open, and a caller may know it
constexpr std::string_view kMetadataUnacknowledged = "quittance_abandoned";  // "true": the sweep voids it
// On a line:
constexpr std::string_view kMetadataLine = "quittance_line";  // its index in the request, from 0

// Each failed request may use up one generation of the draft. The deadline is the sharper bound.
constexpr int kDraftGenerations = 32;

// The value of kMetadataCollect: "later" or "now".
std::string_view collect_word(bool later);

// The value of kMetadataGeneration, clamped to 1 … kDraftGenerations. 1 if `text` is no number.
int generation_in(std::string_view text);

}  // namespace quittance::stripe_gateway
