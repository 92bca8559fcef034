#include "stripe_gateway/api/accounts.hpp"

#include "stripe/accounts.hpp"

namespace quittance::stripe_gateway {

StripeAccount::StripeAccount(boost::asio::io_context& loop, const AccountOptions& options, runtime::Metrics& metrics)
    : client_(loop, options.client),
      calls_(client_, options.limits, options.label, metrics),
      invoices_(calls_, options.label, options.client.api_version) {}

std::string StripeAccount::describe(std::chrono::steady_clock::time_point now) const {
    return calls_.describe(now);
}

const Invoices* Accounts::find(std::string_view label) const {
    if (label.empty() && accounts_.size() == 1) return &accounts_.front()->invoices();
    if (label.empty()) label = stripe::kDefaultAccount;
    for (const auto& account : accounts_)
        if (account->label() == label) return &account->invoices();
    return nullptr;
}

}  // namespace quittance::stripe_gateway
