// quittance-stripe-gateway: the only service that talks to Stripe's API. Stateless; any number of them may run.
#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <cstdlib>

#include "clients/invoice_store_client.hpp"
#include "http/client/origin.hpp"
#include "http/server/service_host.hpp"
#include "rpc/client/client.hpp"
#include "rpc/server/server.hpp"
#include "runtime/log.hpp"
#include "runtime/process.hpp"
#include "runtime/secret_files.hpp"
#include "stripe/accounts.hpp"
#include "stripe/money.hpp"
#include "stripe_gateway/api/account_check.hpp"
#include "stripe_gateway/api/grpc_service.hpp"
#include "stripe_gateway/api/method_groups.hpp"
#include "stripe_gateway/creation/unfinished_sweep.hpp"

namespace {

using namespace quittance;  // NOLINT(google-build-using-namespace): a main of its own

constexpr std::array<runtime::Setting, 20> kSettings{{
    {"STRIPE_GATEWAY_LISTEN", "HOST:PORT of the gRPC service; port 0 takes a free one.", "127.0.0.1:9091"},
    {"STRIPE_API_BASE", "Stripe's API: https, or http for an emulator.", "https://api.stripe.com"},
    {"ALLOW_LIVE_KEYS_OVER_HTTP",
     "true or false: send keys of live mode over http to another host, where others can read them on the way.",
     "false"},
    {"STRIPE_API_KEY",
     "Secret or restricted key of the only Stripe account; or STRIPE_ACCOUNTS. The file is read again when it changes.",
     "", runtime::Kind::kSecret},
    {"STRIPE_ACCOUNTS",
     "1 to 64 accounts: a JSON array of {\"label\",\"api_key\",\"webhook_secrets\":[...],\"livemode\",\"account\","
     "\"connected\":[{\"label\",\"account\"}]}; excludes STRIPE_API_KEY and STRIPE_ACCOUNT_LABEL. The file is read "
     "again "
     "when its keys change.",
     "", runtime::Kind::kSecret},
    {"INVOICE_STORE_ADDRESS",
     "HOST:PORT of invoice_store's gRPC, which remembers the Stripe account behind each label; empty: nobody does.",
     "127.0.0.1:9090"},
    {"INVOICE_STORE_TLS_NAME", "The name in invoice_store's certificate; empty: the host of INVOICE_STORE_ADDRESS.",
     ""},
    {"STRIPE_API_VERSION", "Version of Stripe's API that every call asks for.", "2023-10-16"},
    {"STRIPE_ACCOUNT_LABEL", "Label of the only account, as it stands in requests and rows; empty: default.", ""},
    {"STRIPE_CA_FILE", "PEM file with the roots to trust for Stripe; empty: the system's.", ""},
    {"STRIPE_CONNECTIONS", "Most connections to Stripe at one time for each account, 1 to 1000.", "256"},
    {"STRIPE_RATE_PER_SECOND",
     "Most calls to Stripe a second from this process for each account, 0: no limit; empty: 80 over https, no limit "
     "over http.",
     ""},
    {"STRIPE_ENDPOINT_RATE_PER_SECOND",
     "The same for each endpoint of Stripe's; empty: 20 over https, no limit over http.", ""},
    {"DEFAULT_CURRENCY", "ISO 4217 code for invoices that name none.", "eur"},
    {"INVOICE_DESCRIPTION", "Description of invoices that bring none, at most 1500 characters.", ""},
    {"INVOICE_FOOTER", "Footer of invoices that bring none, at most 5000 characters.", ""},
    {"SWEEP", "true or false: delete drafts of ours that nobody finished.", "true"},
    {"SWEEP_AFTER_SECONDS", "How old such a draft must be; at least 120.", "600"},
    {"SWEEP_EVERY_SECONDS", "About how often to look for them, 1 to 86400.", "180"},
    {"ALLOWED_CLIENTS",
     "NAME=GROUP+GROUP, comma-separated: names (DNS or URI) in callers' certificates, and the methods that they may "
     "call: all, "
     "create, act, retrieve, list. "
     "Without TLS every caller may call every method.",
     stripe_gateway::kUsualClients},
}};

constexpr std::int64_t kLongestRequestSeconds = 30;  // rpc::Dispatcher's default deadline, the most that anybody gets
constexpr std::int64_t kMostRate = 100'000;
constexpr std::chrono::milliseconds kOwnPortTime{2'000};

constexpr std::string_view kOneKey = "STRIPE_API_KEY";
constexpr std::string_view kSeveralKeys = "STRIPE_ACCOUNTS";

stripe::AccountSettings account_settings(const runtime::Configuration& configuration) {
    return {configuration.secret(kSeveralKeys),
            configuration.secret(kOneKey),
            {},
            configuration.text("STRIPE_ACCOUNT_LABEL")};
}

std::vector<stripe::Account> accounts_of(const stripe::AccountSettings& settings) {
    auto accounts = stripe::read_accounts(settings, stripe::AccountUse::kApi);
    if (!accounts) throw runtime::ConfigurationError(accounts.error().detail);
    return std::move(*accounts);
}

void refuse_readable_keys(const runtime::Configuration& configuration, const std::vector<stripe::Account>& accounts) {
    const auto is_live = [](const stripe::Account& account) { return account.livemode == true; };
    if (std::none_of(accounts.begin(), accounts.end(), is_live) || configuration.boolean("ALLOW_LIVE_KEYS_OVER_HTTP") ||
        !http::is_readable_on_the_way(http::parse_origin(configuration.text("STRIPE_API_BASE"))))
        return;
    throw runtime::ConfigurationError(
        "STRIPE_API_BASE is http to another host: a key of live mode could be read on the way; use https, or set "
        "ALLOW_LIVE_KEYS_OVER_HTTP to true");
}

stripe_gateway::StripeClientOptions client_options(const runtime::Configuration& configuration,
                                                   const stripe::Account& account) {
    stripe_gateway::StripeClientOptions options;
    options.http.base_url = configuration.text("STRIPE_API_BASE");
    options.http.ca_file = configuration.text("STRIPE_CA_FILE");
    options.http.connections = static_cast<std::size_t>(configuration.integer("STRIPE_CONNECTIONS", 1, 1'000));
    options.api_key = account.api_key;
    options.api_version = configuration.text("STRIPE_API_VERSION");
    return options;
}

// Stripe limits us, an emulator on this machine does not.
int rate_of(const runtime::Configuration& configuration, std::string_view name, int usual) {
    if (!configuration.text(name).empty()) return static_cast<int>(configuration.integer(name, 0, kMostRate));
    return configuration.text("STRIPE_API_BASE").starts_with("https:") ? usual : 0;
}

stripe_gateway::CallLimits call_limits(const runtime::Configuration& configuration) {
    stripe_gateway::CallLimits limits;
    const stripe_gateway::RateLimits usual;
    limits.rate.account_per_second = rate_of(configuration, "STRIPE_RATE_PER_SECOND", usual.account_per_second);
    limits.rate.endpoint_per_second =
        rate_of(configuration, "STRIPE_ENDPOINT_RATE_PER_SECOND", usual.endpoint_per_second);
    return limits;
}

stripe_gateway::InvoiceDefaults invoice_defaults(const runtime::Configuration& configuration) {
    const auto currency = stripe::normalise_currency(configuration.text("DEFAULT_CURRENCY"));
    if (!currency) throw runtime::ConfigurationError("DEFAULT_CURRENCY must be a three-letter code of ISO 4217");
    return {*currency, configuration.text("INVOICE_DESCRIPTION"), configuration.text("INVOICE_FOOTER")};
}

stripe_gateway::SweepOptions sweep_options(const runtime::Configuration& configuration) {
    stripe_gateway::SweepOptions options;
    options.after =
        std::chrono::seconds(configuration.integer("SWEEP_AFTER_SECONDS", 4 * kLongestRequestSeconds, 30 * 86'400));
    options.every = std::chrono::seconds(configuration.integer("SWEEP_EVERY_SECONDS", 1, 86'400));
    return options;
}

// An account that the gateway calls, and how its key is checked.
struct OpenedAccount {
    stripe_gateway::AccountOptions options;
    stripe_gateway::AccountCheckOptions check;
};

// The accounts of the configuration, and behind each the connected accounts that are reached with its key.
std::vector<OpenedAccount> opened_accounts(const runtime::Configuration& configuration,
                                           const std::vector<stripe::Account>& accounts) {
    std::vector<OpenedAccount> opened;
    for (const auto& account : accounts) {
        OpenedAccount own{{account.label, client_options(configuration, account), call_limits(configuration)}, {}};
        own.check.livemode = account.livemode.value_or(false);
        own.check.configured_id = account.stripe_account_id;
        opened.push_back(own);
        for (const auto& connected : account.connected) {
            auto other = own;
            other.options.label = connected.label;
            other.options.client.connected_account = connected.stripe_account_id;
            other.check.configured_id = connected.stripe_account_id;
            opened.push_back(std::move(other));
        }
    }
    return opened;
}

stripe_gateway::Accounts open_accounts(boost::asio::io_context& loop, const std::vector<OpenedAccount>& opened,
                                       runtime::Metrics& metrics) {
    std::vector<std::unique_ptr<stripe_gateway::StripeAccount>> accounts;
    for (const auto& account : opened)
        accounts.push_back(std::make_unique<stripe_gateway::StripeAccount>(loop, account.options, metrics));
    return stripe_gateway::Accounts(std::move(accounts));
}

using AccountChecks = std::vector<std::unique_ptr<stripe_gateway::AccountCheck>>;

// Gives each check the key of its account, in the order of opened_accounts.
void change_keys(boost::asio::io_context& loop, const AccountChecks& checks,
                 const std::vector<stripe::Account>& accounts) {
    auto check = checks.begin();
    for (const auto& account : accounts)
        for (std::size_t i = 0; i <= account.connected.size(); ++i, ++check)
            boost::asio::co_spawn(loop, (*check)->change_key(account.api_key), boost::asio::detached);
}

// Reads the file of the keys again when it changes. `accounts`: those at the start.
void watch_keys(runtime::SecretFiles& files, const runtime::Configuration& configuration, boost::asio::io_context& loop,
                const AccountChecks& checks, const std::vector<stripe::Account>& accounts) {
    for (const auto setting : {kOneKey, kSeveralKeys}) {
        files.watch(configuration, setting,
                    [&loop, &checks, accounts, setting,
                     at_start = account_settings(configuration)](const base::Secret& content) {
                        auto settings = at_start;
                        (setting == kOneKey ? settings.api_key : settings.accounts) = content;
                        auto changed = accounts_of(settings);
                        if (!stripe::same_but_for_secrets(accounts, changed))
                            throw std::runtime_error("it changes more than keys; restart the gateway for that");
                        boost::asio::post(loop, [&loop, &checks, changed = std::move(changed)] {
                            change_keys(loop, checks, changed);
                        });
                    });
    }
}

// "stripe" where there is one account, else "stripe:LABEL" for each.
std::vector<http::ReadinessCheck> readiness(const stripe_gateway::Accounts& accounts) {
    std::vector<http::ReadinessCheck> checks;
    const auto now = std::chrono::steady_clock::now();
    for (const auto& account : accounts.all())
        checks.push_back({accounts.all().size() == 1 ? "stripe" : "stripe:" + account->label(),
                          account->identity().ready(), account->describe(now)});
    return checks;
}

int run(http::Host& host) {
    const auto& configuration = host.settings();
    auto& metrics = host.metrics();
    auto& loop = host.loop();

    const auto serving = rpc::read_server_options(configuration, "STRIPE_GATEWAY_LISTEN",
                                                  rpc::read_transport(configuration, metrics), metrics);
    const auto callers = rpc::Callers::parse("ALLOWED_CLIENTS", configuration.text("ALLOWED_CLIENTS"),
                                             stripe_gateway::kMethodGroups, metrics);
    const auto configured = accounts_of(account_settings(configuration));
    refuse_readable_keys(configuration, configured);
    const auto opened = opened_accounts(configuration, configured);
    const auto accounts = open_accounts(loop, opened, metrics);
    std::unique_ptr<clients::InvoiceStoreClient> store;
    if (!configuration.text("INVOICE_STORE_ADDRESS").empty())
        store = std::make_unique<clients::InvoiceStoreClient>(
            rpc::read_channel(configuration, "INVOICE_STORE", serving.transport), metrics);
    AccountChecks checks;
    for (std::size_t i = 0; i < opened.size(); ++i)
        checks.push_back(
            std::make_unique<stripe_gateway::AccountCheck>(*accounts.all()[i], store.get(), opened[i].check, metrics));
    stripe_gateway::Handlers handlers(accounts, invoice_defaults(configuration), metrics);
    stripe_gateway::GrpcService service(loop, handlers, metrics, serving.transport.is_tls() ? &callers : nullptr);
    std::vector<std::unique_ptr<stripe_gateway::Sweep>> sweeps;
    for (const auto& account : accounts.all())
        sweeps.push_back(
            std::make_unique<stripe_gateway::Sweep>(account->invoices(), sweep_options(configuration), metrics));

    runtime::SecretFiles key_files(metrics);
    watch_keys(key_files, configuration, loop, checks, configured);
    rpc::Server server(serving, {service.generated()});
    if (configuration.boolean("SWEEP"))
        for (const auto& sweep : sweeps) boost::asio::co_spawn(loop, sweep->forever(), boost::asio::detached);
    server.set_serving(true);

    http::RunningService running;
    running.setting = "STRIPE_GATEWAY_LISTEN";
    running.field = "grpc";
    running.address = server.address();
    running.detail.emplace("accounts", accounts.all().size());
    running.ready = [&accounts] { return readiness(accounts); };
    // Whoever is told that the gateway listens may call at once, so each account was asked about once by then.
    running.alive = [&server] { return server.answers(kOwnPortTime) ? "" : "the gRPC port does not answer"; };
    running.start = [&](const std::function<void()>& announce) {
        const auto left = std::make_shared<std::size_t>(checks.size());
        const auto one_over = [left, announce] {
            if (--*left == 0) announce();
        };
        for (const auto& check : checks)
            boost::asio::co_spawn(loop, check->until_trusted(one_over), boost::asio::detached);
    };
    running.stop = [&](std::chrono::steady_clock::time_point deadline) -> boost::asio::awaitable<void> {
        server.set_serving(false);
        const auto left = deadline - std::chrono::steady_clock::now();
        const auto until =
            std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(left);
        const std::function<void()> shutdown = [&server, until] { server.shutdown(until); };
        co_await runtime::run_blocking(shutdown);
        runtime::log_info("stopped");
    };
    return host.run(running);
}

}  // namespace

int main(int argc, char** argv) {
    const http::ServiceName name{"quittance-stripe-gateway", "stripe_gateway",
                                 "Talks to Stripe for the other services of Quittance."};
    return http::serve(name, rpc::with_server_settings(rpc::with_transport_settings(kSettings)), argc, argv, run);
}
