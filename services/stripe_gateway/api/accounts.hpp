// The Stripe accounts of this gateway. Each account has its own connections, rate limits and circuit breaker, so that
// failures and load of one account never affect another.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/metrics.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"
#include "stripe_gateway/stripe_api/stripe_calls.hpp"
#include "stripe_gateway/stripe_api/stripe_client.hpp"

namespace quittance::stripe_gateway {

struct AccountOptions {
    std::string label = "default";
    StripeClientOptions client;
    CallLimits limits;
};

class StripeAccount {
  public:
    // Both references must outlive the account. Throws std::runtime_error for an invalid base URL.
    StripeAccount(boost::asio::io_context& loop, const AccountOptions& options, runtime::Metrics& metrics);

    const std::string& label() const { return invoices_.account(); }
    const Invoices& invoices() const { return invoices_; }
    Calls& calls() { return calls_; }
    const base::Secret& key() const { return client_.key(); }
    void use_key(base::Secret key) { client_.use_key(std::move(key)); }
    AccountIdentity& identity() { return calls_.identity(); }
    const AccountIdentity& identity() const { return calls_.identity(); }
    // For operators: whether the account is verified, the state of the circuit breaker, and whether Stripe can be
    // reached. Callable from any thread.
    std::string describe(std::chrono::steady_clock::time_point now) const;

  private:
    StripeClient client_;
    Calls calls_;
    Invoices invoices_;
};

class Accounts {
  public:
    // Needs at least one account, and each label at most once.
    explicit Accounts(std::vector<std::unique_ptr<StripeAccount>> accounts) : accounts_(std::move(accounts)) {}

    // Null if there is no account with this label. An empty label selects the only account, or the account labelled
    // "default" if there are several.
    const Invoices* find(std::string_view label) const;

    const std::vector<std::unique_ptr<StripeAccount>>& all() const { return accounts_; }

  private:
    std::vector<std::unique_ptr<StripeAccount>> accounts_;
};

}  // namespace quittance::stripe_gateway
