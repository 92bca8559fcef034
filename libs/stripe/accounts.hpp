// Reads the Stripe accounts of a deployment from its settings, for all programs that call Stripe or verify its
// webhooks.
//
// One account:      STRIPE_API_KEY, STRIPE_WEBHOOK_SECRETS with STRIPE_LIVEMODE, STRIPE_ACCOUNT_LABEL.
// One or several:   STRIPE_ACCOUNTS, a JSON array, instead of those four:
//   [{"label": "eu", "api_key": "sk_live_…", "webhook_secrets": ["whsec_…"], "livemode": true}, …]
// `livemode` may be left out if the key's prefix shows it (sk_test_, rk_live_ …). Two members are optional:
//   "account": "acct_…"                                     Stripe's id of the account itself.
//   "connected": [{"label": "shop", "account": "acct_…"}]   Connected accounts, each with a label of its own. They are
//                                                           reached with the entry's key, and the entry's secrets sign
//                                                           their events.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "stripe/reader.hpp"

namespace quittance::stripe {

constexpr std::string_view kDefaultAccount = "default";

struct ConnectedAccount {
    std::string label;
    std::string stripe_account_id;  // "acct_…"

    bool operator==(const ConnectedAccount&) const = default;
};

struct Account {
    std::string label;  // 1 to 64 letters, digits, '-', '_' and '.'
    base::Secret api_key;
    std::vector<base::Secret> webhook_secrets;  // all that are live
    // Always set with STRIPE_ACCOUNTS, and where webhook secrets are given.
    std::optional<bool> livemode;
    std::string stripe_account_id{};            // "acct_…" if the entry names it
    std::vector<ConnectedAccount> connected{};  // accounts that are reached with the same key
};

// What a program needs of each account in STRIPE_ACCOUNTS: the API key or the webhook secrets. The other may be left
// out, so that a program that only verifies webhooks needs no API keys.
enum class AccountUse { kApi, kWebhooks };

// The values of the settings. Empty if not set, or if the program has no such setting.
struct AccountSettings {
    base::Secret accounts;                      // STRIPE_ACCOUNTS
    base::Secret api_key;                       // STRIPE_API_KEY
    std::vector<base::Secret> webhook_secrets;  // STRIPE_WEBHOOK_SECRETS
    std::string label;                          // STRIPE_ACCOUNT_LABEL; empty: "default"
    std::string livemode{};                     // STRIPE_LIVEMODE: "true", "false"
};

// Gives at least one account, each label once, no key twice, no Stripe account twice in one mode. An error is a
// sentence that names the setting or the entry and contains no secret. Without STRIPE_ACCOUNTS, a program that calls
// Stripe must have a key. A program that verifies webhooks may have no secret; then it accepts no webhook. With secrets
// it must know the mode: nothing in a secret shows it, and the events of the other mode are not for this account's
// rows.
ReadResult<std::vector<Account>> read_accounts(const AccountSettings& settings, AccountUse use);

// True if both are the same accounts in the same order, and differ in keys and secrets at most: those may change while
// a program runs.
bool same_but_for_secrets(const std::vector<Account>& left, const std::vector<Account>& right);

}  // namespace quittance::stripe
