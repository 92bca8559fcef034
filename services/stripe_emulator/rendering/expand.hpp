// Applies `expand[]`: replaces ids by their objects.
#pragma once

#include <boost/json/array.hpp>

#include "stripe_emulator/model/account.hpp"
#include "stripe_emulator/model/refusal.hpp"

namespace quittance::stripe_emulator {

// Follows each path ("customer", "lines.data.price", "data.payment_intent.latest_charge", at most four steps deep) and
// replaces the ids at its end. A path that does not exist is a 400.
Result<void> expand(const Account& account, Shape shape, const json::array& paths, json::object& object);

}  // namespace quittance::stripe_emulator
