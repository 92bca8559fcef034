// The API key of a request: "Bearer sk_test_…" or HTTP Basic with the key as the user.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stripe_emulator/model/accounts.hpp"
#include "stripe_emulator/model/refusal.hpp"

namespace quittance::stripe_emulator {

// The key in an Authorization header; nothing where there is none.
OptionalText api_key_of(const OptionalText& authorization);

// One of `keys`; or, where none are configured, anything that looks like a secret or restricted key.
bool is_accepted_key(std::string_view key, const std::vector<std::string>& keys);

// The account that a call acts in: that of its key, or the one that Stripe-Account or Stripe-Context names.
Result<Account*> account_of(Accounts& accounts, const std::string& key, const OptionalText& stripe_account,
                            const OptionalText& stripe_context);

}  // namespace quittance::stripe_emulator
