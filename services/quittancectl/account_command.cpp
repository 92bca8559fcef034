// account replace: makes the store remember another account of Stripe's for a label.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "quittancectl/command_line.hpp"

namespace quittance::quittancectl {
namespace {

namespace asio = boost::asio;

struct ReplaceOptions {
    std::string id;
    bool livemode = false;
};

asio::awaitable<ExitCode> replace_now(Services& services, const ReplaceOptions& options, const CommandLine& line) {
    v1::RecordStripeAccountRequest request;
    request.mutable_account()->set_label(line.account);
    request.mutable_account()->set_livemode(options.livemode);
    request.mutable_account()->set_stripe_account_id(options.id);
    request.set_replace(true);
    const auto done = co_await services.store.record_stripe_account(request);
    if (done.has_error()) co_return report(done.error());
    if (line.json)
        std::cout << boost::json::serialize(boost::json::object{
                         {"label", line.account}, {"livemode", options.livemode}, {"stripe_account_id", options.id}})
                  << "\n";
    else
        std::cout << line.account << " stands for " << options.id << " now\n";
    co_return kDone;
}

}  // namespace

void add_account_command(CLI::App& app, CommandLine& line) {
    auto* account = app.add_subcommand("account", "Stripe's account behind a label");
    account->require_subcommand(1);
    auto options = std::make_shared<ReplaceOptions>();
    auto* replace =
        account->add_subcommand("replace", "Remembers another account of Stripe's for the label of --account");
    replace->add_option("id", options->id, "Stripe's id of the account, acct_...")->required();
    replace->add_flag("--live", options->livemode, "Of live mode; test mode, if left out");
    set_command(*replace, line, [&line, options](Services& services) { return replace_now(services, *options, line); });
}

}  // namespace quittance::quittancectl
