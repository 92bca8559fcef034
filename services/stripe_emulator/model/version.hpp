// The differences between Stripe's API versions that the emulator knows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "stripe_emulator/model/model.hpp"

namespace quittance::stripe_emulator {

// "2023-10-16", "2025-03-31.basil", "2026-01-28.preview": whether Stripe has that version.
bool is_api_version(std::string_view version);

// How objects look at a version.
Shape shape_of(std::string_view version);

// Before 2022-08-01 a new invoice swept up pending items unless the call forbids it.
bool sweeps_pending_items(std::string_view version);

// In the preview versions from 2026-01-28 on a payment can be taken off its invoice.
bool may_detach_payments(std::string_view version);

}  // namespace quittance::stripe_emulator
