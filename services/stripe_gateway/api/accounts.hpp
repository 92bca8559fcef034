// Everything of one Stripe account: connections, limits, what its calls have met lately. Accounts share nothing, so
// that trouble of one, or its many calls, are never another's.
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
    // Both references must outlive the account. Throws std::runtime_error for a base URL that cannot be used.
    StripeAccount(boost::asio::io_context& loop, const AccountOptions& options, runtime::Metrics& metrics);

    const std::string& label() const { return invoices_.account(); }
    const Invoices& invoices() const { return invoices_; }
    // For operators: whether Stripe answers. From any thread.
    std::string describe(std::chrono::steady_clock::time_point now) const;

  private:
    StripeClient client_;
    Calls calls_;
    Invoices invoices_;
};

class Accounts {
  public:
    // At least one, each label once.
    explicit Accounts(std::vector<std::unique_ptr<StripeAccount>> accounts) : accounts_(std::move(accounts)) {}

    // Null where there is none. An empty label is the only account's, or "default".
    const Invoices* find(std::string_view label) const;

    const std::vector<std::unique_ptr<StripeAccount>>& all() const { return accounts_; }

  private:
    std::vector<std::unique_ptr<StripeAccount>> accounts_;
};

}  // namespace quittance::stripe_gateway
