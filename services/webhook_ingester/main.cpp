// quittance-webhook-ingester: receives Stripe's webhooks and forwards their events to invoice_store.
#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cstdlib>

#include "base/hashed_keys.hpp"
#include "http/server/refusal_settings.hpp"
#include "http/server/server.hpp"
#include "http/server/server_settings.hpp"
#include "http/server/service_host.hpp"
#include "rpc/client/client.hpp"
#include "runtime/log.hpp"
#include "runtime/secret_files.hpp"
#include "stripe/accounts.hpp"
#include "webhook_ingester/background_repairs.hpp"
#include "webhook_ingester/webhook_api.hpp"

namespace {

using namespace quittance;  // NOLINT(google-build-using-namespace): a main of its own

constexpr std::array<runtime::Setting, 15> kSettings{{
    {"WEBHOOK_LISTEN", "HOST:PORT of POST /webhooks/stripe; port 0 takes a free one.", "127.0.0.1:8081"},
    {"STRIPE_WEBHOOK_SECRETS",
     "whsec_..., comma-separated, all that are valid, in any number; empty: every webhook is refused. The file is read "
     "again when it changes.",
     "", runtime::Kind::kSecret},
    {"STRIPE_LIVEMODE",
     "true or false: whether STRIPE_WEBHOOK_SECRETS are of live mode; required with them. Events of the other mode are "
     "skipped.",
     ""},
    {"STRIPE_ACCOUNT_LABEL", "Our label for the Stripe account that signs with these secrets.", "default"},
    {"STRIPE_ACCOUNTS",
     "1 to 64 accounts, instead of the three settings above: a JSON array of {label, webhook_secrets, livemode}, with "
     "account and connected for connected accounts, without API keys. The file is read again when its secrets change.",
     "", runtime::Kind::kSecret},
    {"EVENT_RELAY_KEY_HASHES",
     "label:sha256hex, comma-separated: keys for POST /events/stripe, where EventBridge or Event Grid bring an "
     "account's "
     "events; empty: the route is closed. The file is read again when it changes.",
     "", runtime::Kind::kSecret},
    {"INVOICE_STORE_ADDRESS", "HOST:PORT of invoice_store's gRPC.", "127.0.0.1:9090"},
    {"STRIPE_GATEWAY_ADDRESS", "HOST:PORT of stripe_gateway's gRPC, for refetches and audits.", "127.0.0.1:9091"},
    {"RECONCILE_EVERY_SECONDS",
     "About how often to read Stripe's events and apply those that no webhook brought; 0: never.", "60"},
    {"RECONCILE_SETTLE_SECONDS", "Events younger than this are left to their webhooks, 0 to 86400.", "60"},
    {"RECONCILE_OVERLAP_SECONDS", "How much of the time that was read before is read again, 0 to 604800.", "600"},
    {"AUDIT_EVERY_SECONDS",
     "About how often to compare with Stripe: all invoices that are not final, recent refunds and disputes, and a part "
     "of "
     "all others, so that each is compared within 30 days; 0: never.",
     "3600"},
    {"ACK_TIMEOUT_MS",
     "How long a webhook may wait for the store before it is answered 503: 100 to 25000, and at most three quarters of "
     "DRAIN_SECONDS. One call to the store has half of this time.",
     "5000"},
    {"INVOICE_STORE_TLS_NAME", "The name in invoice_store's certificate; empty: the host of INVOICE_STORE_ADDRESS.",
     ""},
    {"STRIPE_GATEWAY_TLS_NAME", "The name in stripe_gateway's certificate; empty: the host of STRIPE_GATEWAY_ADDRESS.",
     ""},
}};

constexpr std::int64_t kDaySeconds = 86'400;

using WebhookAccounts = std::vector<webhook_ingester::WebhookAccount>;

constexpr std::string_view kSecrets = "STRIPE_WEBHOOK_SECRETS";
constexpr std::string_view kAccounts = "STRIPE_ACCOUNTS";
constexpr std::string_view kRelayKeys = "EVENT_RELAY_KEY_HASHES";

stripe::AccountSettings account_settings(const runtime::Configuration& configuration) {
    stripe::AccountSettings settings;
    settings.accounts = configuration.secret(kAccounts);
    settings.webhook_secrets = runtime::split_secrets(configuration.secret(kSecrets));
    // The label's default must not apply to accounts that have labels of their own.
    if (settings.accounts.empty()) settings.label = configuration.text("STRIPE_ACCOUNT_LABEL");
    settings.livemode = configuration.text("STRIPE_LIVEMODE");
    return settings;
}

std::vector<stripe::Account> accounts_of(const stripe::AccountSettings& settings) {
    auto accounts = stripe::read_accounts(settings, stripe::AccountUse::kWebhooks);
    if (accounts.has_error()) throw runtime::ConfigurationError(accounts.error().detail);
    return std::move(*accounts);
}

WebhookAccounts webhook_accounts(const std::vector<stripe::Account>& accounts) {
    WebhookAccounts webhook;
    for (const auto& account : accounts)
        webhook.push_back({account.label, account.webhook_secrets, account.livemode.value_or(false),
                           account.stripe_account_id, account.connected});
    return webhook;
}

void warn_without_secrets(const WebhookAccounts& accounts) {
    if (std::all_of(accounts.begin(), accounts.end(), [](const auto& account) { return account.secrets.empty(); }))
        runtime::log_warn("STRIPE_WEBHOOK_SECRETS is empty: every webhook is refused");
}

base::HashedKeys relay_keys(const base::Secret& text, const WebhookAccounts& accounts) {
    base::HashedKeys keys;
    try {
        keys = base::HashedKeys::parse(kRelayKeys, text.reveal());
    } catch (const std::runtime_error& error) {
        throw runtime::ConfigurationError(error.what());
    }
    for (const auto& name : keys.names())
        if (std::none_of(accounts.begin(), accounts.end(), [&](const auto& known) { return known.label == name; }))
            throw runtime::ConfigurationError(std::string(kRelayKeys) + ": no account has the label '" + name + "'");
    return keys;
}

// Reads the files of webhook secrets and relay keys again when they change. `at_start`: the accounts at the start.
void watch_secrets(runtime::SecretFiles& files, const runtime::Configuration& configuration,
                   boost::asio::io_context& loop, webhook_ingester::WebhookApi& api,
                   const std::vector<stripe::Account>& at_start) {
    for (const auto setting : {kSecrets, kAccounts}) {
        files.watch(
            configuration, setting,
            [&loop, &api, at_start, setting, before = account_settings(configuration)](const base::Secret& content) {
                auto settings = before;
                if (setting == kAccounts)
                    settings.accounts = content;
                else
                    settings.webhook_secrets = runtime::split_secrets(content);
                const auto changed = accounts_of(settings);
                if (!stripe::same_but_for_secrets(at_start, changed))
                    throw std::runtime_error("it changes more than secrets; restart the ingester for that");
                boost::asio::post(loop, [&api, accounts = webhook_accounts(changed)] {
                    warn_without_secrets(accounts);
                    api.use_secrets(accounts);
                });
            });
    }
    files.watch(configuration, kRelayKeys, [&loop, &api, accounts = webhook_accounts(at_start)](const auto& content) {
        base::HashedKeys keys;
        try {
            keys = relay_keys(content, accounts);
        } catch (const std::runtime_error&) {
            // The reason quotes the content, which may be a key that somebody put in the place of its hash.
            throw std::runtime_error("it is not a comma-separated list of label:sha256hex with labels of accounts");
        }
        boost::asio::post(loop, [&api, keys = std::move(keys)] { api.use_relay_keys(keys); });
    });
}

webhook_ingester::RepairOptions repair_options(const runtime::Configuration& configuration,
                                               const std::vector<webhook_ingester::WebhookAccount>& accounts) {
    webhook_ingester::RepairOptions options;
    for (const auto& account : accounts) {
        options.accounts.push_back(account.label);
        for (const auto& connected : account.connected) options.accounts.push_back(connected.label);
    }
    options.reconcile_every = std::chrono::seconds(configuration.integer("RECONCILE_EVERY_SECONDS", 0, kDaySeconds));
    options.reconcile_min_age = std::chrono::seconds(configuration.integer("RECONCILE_SETTLE_SECONDS", 0, kDaySeconds));
    options.reconcile_overlap =
        std::chrono::seconds(configuration.integer("RECONCILE_OVERLAP_SECONDS", 0, 7 * kDaySeconds));
    options.audit_every = std::chrono::seconds(configuration.integer("AUDIT_EVERY_SECONDS", 0, 30 * kDaySeconds));
    return options;
}

int run(http::Host& host) {
    const auto& configuration = host.settings();
    auto& metrics = host.metrics();
    auto& loop = host.loop();
    // A stop must take longer than the longest wait for the store. Otherwise it would drop accepted webhooks.
    const auto longest = std::chrono::duration_cast<std::chrono::milliseconds>(host.drain_budget()) * 3 / 4;
    const auto wanted = std::chrono::milliseconds(configuration.integer("ACK_TIMEOUT_MS", 100, 25'000));
    const auto ack_timeout = std::min(wanted, longest);
    if (ack_timeout < wanted)
        runtime::log_warn("ACK_TIMEOUT_MS is too long for DRAIN_SECONDS and was cut", {{"ms", ack_timeout.count()}});
    const auto accounts = accounts_of(account_settings(configuration));
    webhook_ingester::WebhookSettings webhook;
    webhook.accounts = webhook_accounts(accounts);
    warn_without_secrets(webhook.accounts);

    const auto transport = rpc::read_transport(configuration, metrics);
    const auto store = rpc::read_channel(configuration, "INVOICE_STORE", transport);
    const auto gateway = rpc::read_channel(configuration, "STRIPE_GATEWAY", transport);
    clients::Services services(store, gateway, metrics);
    webhook_ingester::EventForwarder forwarder(loop, services.store, ack_timeout, metrics);
    webhook_ingester::BackgroundRepairs repairs(loop, services, repair_options(configuration, webhook.accounts),
                                                metrics);
    webhook.relay_keys = relay_keys(configuration.secret(kRelayKeys), webhook.accounts);
    webhook.services = &services;
    webhook.ack_timeout = ack_timeout;
    webhook.refusals = http::read_refusal_options(configuration);
    webhook.follow_up = [&repairs](webhook_ingester::Followup followup) { repairs.follow_up(std::move(followup)); };
    webhook_ingester::WebhookApi api(forwarder, std::move(webhook), metrics);
    runtime::SecretFiles secret_files(metrics);
    watch_secrets(secret_files, configuration, loop, api, accounts);

    auto options = http::read_server_options(configuration, "WEBHOOK_LISTEN");
    options.name = "webhook";
    options.limits.body_bytes = webhook_ingester::kLargestWebhook;
    http::Server server(loop, options, http::bind_routes(api, webhook_ingester::kWebhookRoutes), metrics);
    server.start();
    repairs.start();

    http::RunningService service;
    service.setting = "WEBHOOK_LISTEN";
    service.field = "webhooks";
    service.address = http::address_of(options.listen, server.port());
    service.detail.emplace("secrets", api.secrets());
    // Without a secret the service runs and refuses every webhook. This check shows the reason.
    service.ready = [&services, &api] {
        constexpr std::chrono::milliseconds kConnectTime{500};
        return std::vector<http::ReadinessCheck>{
            {"invoice_store", services.store.connected(kConnectTime), ""},
            {"webhook_secrets", true, api.secrets() == 0 ? "none: every webhook is refused" : ""}};
    };
    service.stop = [&](std::chrono::steady_clock::time_point deadline) -> boost::asio::awaitable<void> {
        const bool gentle = co_await server.drain(deadline);
        runtime::log_info("stopped", {{"gentle", gentle}});
    };
    return host.run(service);
}

}  // namespace

int main(int argc, char** argv) {
    const http::ServiceName name{"quittance-webhook-ingester", "webhook_ingester",
                                 "Receives Stripe's webhooks and forwards their events to invoice_store."};
    const auto settings = http::with_refusal_settings(http::with_server_settings(kSettings));
    return http::serve(name, rpc::with_transport_settings(settings), argc, argv, run);
}
