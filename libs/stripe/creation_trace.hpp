// The trace of a creation. Its id follows from the creation's key, which stands in the metadata of the invoice at
// Stripe: so every retry of a creation, and every webhook about the invoice, finds the same trace, whichever process
// asks.
#pragma once

#include <string_view>

#include "base/trace_context.hpp"

namespace quittance::stripe {

// The metadata of an invoice with its creation key.
inline constexpr std::string_view kCreationKeyName = "quittance_key";

// `account`: the label. The context is not sampled, and its span id stands for the creation as a whole: a link may name
// it. Empty for an empty key, which is an invoice of somebody else.
base::TraceContext creation_trace(std::string_view account, std::string_view creation_key);

}  // namespace quittance::stripe
