// A Stripe account that sends us webhooks, and whose event one is.
#pragma once

#include <string>
#include <vector>

#include "base/secret.hpp"
#include "stripe/accounts.hpp"

namespace quittance::webhook_ingester {

struct WebhookAccount {
    std::string label = "default";
    // Of its endpoints, all that are live while one is rolled. None at any account: nothing is accepted.
    std::vector<base::Secret> secrets;
    // The mode of the secrets. An event of the other mode is answered and skipped.
    bool livemode = false;
    // Stripe's id of the account, if the configuration names it. Most events do not name their own account.
    std::string stripe_account_id{};
    // Connected accounts whose events these secrets sign. An event of any other account is answered and skipped.
    std::vector<stripe::ConnectedAccount> connected{};
};

// The label for an event that names this account of Stripe's; empty: the event names none. Null: the configuration does
// not name the account.
inline const std::string* label_of(const WebhookAccount& account, const std::string& stripe_account_id) {
    if (stripe_account_id.empty() || stripe_account_id == account.stripe_account_id) return &account.label;
    for (const auto& connected : account.connected)
        if (connected.stripe_account_id == stripe_account_id) return &connected.label;
    return nullptr;
}

}  // namespace quittance::webhook_ingester
