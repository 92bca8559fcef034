// Asks Stripe whose key a label has, and the store which account it remembers for that label. Until both agree, no call
// of the label is sent (account_identity.hpp). A new key for the label is put to use once it is of the same account.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "clients/invoice_store_client.hpp"
#include "runtime/metrics.hpp"
#include "stripe_gateway/api/accounts.hpp"

namespace quittance::stripe_gateway {

struct AccountCheckOptions {
    bool livemode = false;
    // Stripe's id of the account, if the configuration names it.
    std::string configured_id{};
    std::chrono::milliseconds first_wait{500};       // after a failed attempt; doubles
    std::chrono::milliseconds longest_wait{30'000};  // also between looks at a label with another account's key
    std::chrono::milliseconds attempt_time{10'000};
};

class AccountCheck {
  public:
    // Requires the check at once: from now on the account sends nothing else. `store` may be null: then the id is
    // compared with the configured one alone. All references must outlive the check.
    AccountCheck(StripeAccount& account, clients::InvoiceStoreClient* store, AccountCheckOptions options,
                 runtime::Metrics& metrics);

    // Returns when the account is trusted. For a key of another account that is never, unless an operator makes the
    // store remember that account for the label. Calls `first_attempt_over` once, whatever the attempt found.
    boost::asio::awaitable<void> until_trusted(std::function<void()> first_attempt_over);

    // Puts another key to use. If the account is trusted, Stripe is asked first whose key it is. A key that is of
    // another account, or that Stripe refuses, changes nothing. Without an answer of Stripe it is asked again, until a
    // later call has a newer key. Returns when that is decided. If the account is not trusted, its check goes on with
    // the key.
    boost::asio::awaitable<void> change_key(base::Secret key);

  private:
    // One attempt. True once the account is trusted.
    boost::asio::awaitable<bool> attempt();
    boost::asio::awaitable<std::string> ask_stripe();  // the id; empty if Stripe does not tell
    // True once it is decided whether `key` is taken.
    boost::asio::awaitable<bool> try_key(const base::Secret& key);
    void refuse_key(std::string_view why);
    boost::asio::awaitable<bool> compare_with_store();
    void distrust(const std::string& why);

    StripeAccount& account_;
    clients::InvoiceStoreClient* store_;
    const AccountCheckOptions options_;
    std::string id_;                // as Stripe said it; a key never changes its account
    std::uint64_t newest_key_ = 0;  // counts the changes of the key
    bool told_ = false;             // the log has the mismatch
    runtime::Gauge verified_;
    runtime::Counter keys_taken_;
    runtime::Counter keys_refused_;
};

}  // namespace quittance::stripe_gateway
