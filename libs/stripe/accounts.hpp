// The Stripe accounts that a deployment works with, from its settings: the one place that knows how they are written,
// for everybody who calls Stripe or verifies its webhooks.
//
// One account:      STRIPE_API_KEY, STRIPE_WEBHOOK_SECRETS, STRIPE_ACCOUNT_LABEL.
// One or several:   STRIPE_ACCOUNTS, a JSON array, instead of those three:
//   [{"label": "eu", "api_key": "sk_live_…", "webhook_secrets": ["whsec_…"], "livemode": true}, …]
// `livemode` may be left out where the key's prefix tells it (sk_test_, rk_live_ …).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stripe/reader.hpp"

namespace quittance::stripe {

constexpr std::string_view kDefaultAccount = "default";

struct Account {
    std::string label;                         // 1 to 64 letters, digits, '-', '_' and '.'
    std::string api_key;                       // never logged
    std::vector<std::string> webhook_secrets;  // never logged; all that are live
    std::optional<bool> livemode;              // always told in STRIPE_ACCOUNTS
};

// What a program does with them. In STRIPE_ACCOUNTS it needs that of every account, and the other may be left out: who
// only verifies webhooks need not be given the keys.
enum class AccountUse { kApi, kWebhooks };

// The settings' values, empty where not given. A program that has no such setting leaves it empty.
struct AccountSettings {
    std::string accounts;                      // STRIPE_ACCOUNTS
    std::string api_key;                       // STRIPE_API_KEY
    std::vector<std::string> webhook_secrets;  // STRIPE_WEBHOOK_SECRETS
    std::string label;                         // STRIPE_ACCOUNT_LABEL; empty: "default"
};

// At least one account, each label once, no key twice. An error is a sentence that names the setting or the entry and
// holds no secret. Without STRIPE_ACCOUNTS an API user must have a key, while a webhook user may have no secret: it is
// then closed.
ReadResult<std::vector<Account>> read_accounts(const AccountSettings& settings, AccountUse use);

}  // namespace quittance::stripe
