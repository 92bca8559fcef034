// All accounts of one emulator. Each account has a test mode and a live mode, which share nothing. An account may be
// connected to another one, its platform, whose API keys reach it with the header Stripe-Account.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "stripe_emulator/model/account.hpp"

namespace quittance::stripe_emulator {

class Accounts {
  public:
    // `first`: the account of every API key that no other account owns. Its mode is that of keys that name none.
    explicit Accounts(AccountSettings first);

    Account& first() { return *all_.front(); }
    const Account& first() const { return *all_.front(); }
    // One for each account and mode in use, the first account first.
    const std::deque<std::unique_ptr<Account>>& all() const { return all_; }

    // From now on `key` is a key of the account with that id.
    void give_key(std::string key, std::string id);
    bool owns(std::string_view key) const { return owners_.contains(key); }
    // Makes an account known. `platform` is the account that it is connected to; empty: none.
    void add(const std::string& id, const std::string& platform);
    bool knows(std::string_view id) const { return platforms_.contains(id); }

    // The account of that id in that mode. Only for a known id.
    Account& in_mode(std::string_view id, bool livemode);
    // The account and mode that a key belongs to.
    Account& of_key(std::string_view key);
    // `id` as the keys of `own` reach it: `own` itself, or an account connected to it. Null for any other.
    Account* reachable(Account& own, std::string_view id);

    // Called for each webhook and each event of every account.
    void set_fates(std::function<WebhookFate(const std::string&, const std::string&)> webhook_fate,
                   std::function<bool(const std::string&)> event_goes_missing);

  private:
    Account* find(std::string_view id, bool livemode) const;

    AccountSettings pattern_;
    std::deque<std::unique_ptr<Account>> all_;
    std::map<std::string, std::string, std::less<>> owners_;     // account by key
    std::map<std::string, std::string, std::less<>> platforms_;  // platform by account
    std::function<WebhookFate(const std::string&, const std::string&)> webhook_fate_;
    std::function<bool(const std::string&)> event_goes_missing_;
};

}  // namespace quittance::stripe_emulator
