// What we write into the metadata of an invoice and of its lines at Stripe. The names are data: invoices of earlier
// versions carry them.
#pragma once

#include <string_view>

namespace quittance::stripe_gateway {

// Our metadata at Stripe. On the invoice:
constexpr std::string_view kMetadataKey = "quittance_key";      // the caller's key, as it came
constexpr std::string_view kMetadataHash = "quittance_hash";    // of the request
constexpr std::string_view kMetadataLines = "quittance_lines";  // how many there must be
constexpr std::string_view kMetadataSum = "quittance_sum";      // of their amounts, minor units
constexpr std::string_view kMetadataGeneration = "quittance_generation";
constexpr std::string_view kMetadataReleased = "quittance_released";    // "true": a draft that was promised to somebody
constexpr std::string_view kMetadataCollect = "quittance_collect";      // "now" or "later"
constexpr std::string_view kMetadataAnswered = "quittance_answered";    // "true": open, and somebody was told so
constexpr std::string_view kMetadataAbandoned = "quittance_abandoned";  // "true": nobody was, and the sweep voids it
// On a line:
constexpr std::string_view kMetadataLine = "quittance_line";  // its index in the request, from 0

// How many drafts a creation key may go through. Each failed request may have used one up; the deadline is the sharper
// bound.
constexpr int kDraftGenerations = 32;

// The metadata's value for when to collect: "later" or "now".
std::string_view collect_word(bool later);

// The generation of the draft that the metadata's text names: 1 to kDraftGenerations, whatever stands there.
int generation_in(std::string_view text);

}  // namespace quittance::stripe_gateway
