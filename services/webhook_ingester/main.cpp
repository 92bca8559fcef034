// quittance-webhook-ingester: takes Stripe's webhooks and pushes the payment results in them to invoice_store.
#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <iostream>

#include "http/server/operations.hpp"
#include "http/server/server.hpp"
#include "rpc/client/client.hpp"
#include "runtime/configuration.hpp"
#include "runtime/log.hpp"
#include "runtime/process.hpp"
#include "runtime/ready_file.hpp"
#include "stripe/accounts.hpp"
#include "webhook_ingester/background_repairs.hpp"
#include "webhook_ingester/webhook_api.hpp"

namespace {

using namespace quittance;  // NOLINT(google-build-using-namespace): a main of its own

constexpr std::array<runtime::Setting, 14> kSettings{{
    {"WEBHOOK_LISTEN", "HOST:PORT of POST /webhooks/stripe; port 0 takes a free one.", "127.0.0.1:8081"},
    {"STRIPE_WEBHOOK_SECRETS", "whsec_..., comma-separated, all that are live; empty: every webhook is refused.", "",
     runtime::Kind::kSecret},
    {"STRIPE_ACCOUNT_LABEL", "Our name for the Stripe account that signs with these secrets.", "default"},
    {"STRIPE_ACCOUNTS",
     "Several accounts, instead of the two above: a JSON array of {label, webhook_secrets, livemode}; keys are not "
     "needed here.",
     "", runtime::Kind::kSecret},
    {"INVOICE_STORE_ADDRESS", "HOST:PORT of invoice_store's gRPC.", "127.0.0.1:9090"},
    {"STRIPE_GATEWAY_ADDRESS", "HOST:PORT of stripe_gateway's gRPC, for what webhooks left open.", "127.0.0.1:9091"},
    {"RECONCILE_EVERY_SECONDS", "About how often to read Stripe's events for what no webhook brought; 0: never.", "60"},
    {"RECONCILE_SETTLE_SECONDS", "Younger events are left to their webhooks, 0 to 86400.", "60"},
    {"RECONCILE_OVERLAP_SECONDS", "How much of what was read is read again, 0 to 604800.", "600"},
    {"AUDIT_EVERY_SECONDS", "About how often to compare all open invoices with Stripe; 0: never.", "3600"},
    {"ACK_TIMEOUT_MS",
     "How long a webhook may wait for the store before it is answered 503, 100 to 25000, and at most three quarters of "
     "DRAIN_SECONDS. One call to the store gets half of it.",
     "5000"},
    {"INVOICE_STORE_TLS_NAME", "The name in invoice_store's certificate; empty: the host of INVOICE_STORE_ADDRESS.",
     ""},
    {"STRIPE_GATEWAY_TLS_NAME", "The name in stripe_gateway's certificate; empty: that of STRIPE_GATEWAY_ADDRESS.", ""},
    {"MAX_CONNECTIONS", "Most HTTP connections at one time, 1 to 100000.", "10000"},
}};

constexpr std::int64_t kDaySeconds = 86'400;

std::string host_of(const std::string& listen) {
    return listen.substr(0, listen.rfind(':') + 1);
}

webhook_ingester::WebhookSettings webhook_settings(const runtime::Configuration& configuration) {
    stripe::AccountSettings settings;
    settings.accounts = configuration.text("STRIPE_ACCOUNTS");
    settings.webhook_secrets = configuration.list("STRIPE_WEBHOOK_SECRETS");
    // The label has a default of its own, which does not count where the accounts name theirs.
    if (settings.accounts.empty()) settings.label = configuration.text("STRIPE_ACCOUNT_LABEL");
    const auto accounts = stripe::read_accounts(settings, stripe::AccountUse::kWebhooks);
    if (accounts.has_error()) throw runtime::ConfigurationError(accounts.error().detail);
    webhook_ingester::WebhookSettings webhook;
    for (const auto& account : *accounts)
        webhook.accounts.push_back({account.label, account.webhook_secrets, account.livemode});
    return webhook;
}

webhook_ingester::RepairOptions repair_options(const runtime::Configuration& configuration,
                                               const std::vector<webhook_ingester::WebhookAccount>& accounts) {
    webhook_ingester::RepairOptions options;
    for (const auto& account : accounts) options.accounts.push_back(account.label);
    options.reconcile_every = std::chrono::seconds(configuration.integer("RECONCILE_EVERY_SECONDS", 0, kDaySeconds));
    options.reconcile_settle = std::chrono::seconds(configuration.integer("RECONCILE_SETTLE_SECONDS", 0, kDaySeconds));
    options.reconcile_overlap =
        std::chrono::seconds(configuration.integer("RECONCILE_OVERLAP_SECONDS", 0, 7 * kDaySeconds));
    options.audit_every = std::chrono::seconds(configuration.integer("AUDIT_EVERY_SECONDS", 0, 30 * kDaySeconds));
    return options;
}

int run(int argc, char** argv) {
    const auto settings = runtime::with_common_settings(rpc::with_transport_settings(kSettings));
    const auto configuration = runtime::Configuration::read(
        "quittance-webhook-ingester", "Takes Stripe's webhooks and pushes payment results to invoice_store.", settings,
        argc, argv);
    runtime::start_log("webhook_ingester", configuration.one_of("LOG_FORMAT", {"text", "json"}),
                       configuration.one_of("LOG_LEVEL", {"trace", "debug", "info", "warn", "error"}));
    const auto drain = std::chrono::seconds(configuration.integer("DRAIN_SECONDS", 1, 600));
    // A stop must outlast the longest wait for the store, or it would drop webhooks that were accepted.
    const auto longest = std::chrono::duration_cast<std::chrono::milliseconds>(drain) * 3 / 4;
    const auto wanted = std::chrono::milliseconds(configuration.integer("ACK_TIMEOUT_MS", 100, 25'000));
    const auto patience = std::min(wanted, longest);
    if (patience < wanted)
        runtime::log_warn("ACK_TIMEOUT_MS is too long for DRAIN_SECONDS and was cut", {{"ms", patience.count()}});
    auto webhook = webhook_settings(configuration);
    std::size_t secrets = 0;
    for (const auto& account : webhook.accounts) secrets += account.secrets.size();
    if (secrets == 0) runtime::log_warn("STRIPE_WEBHOOK_SECRETS is empty: every webhook is refused");

    runtime::Metrics metrics;
    boost::asio::io_context loop{1};
    const auto transport = rpc::read_transport(configuration, metrics);
    const auto store = rpc::read_channel(configuration, "INVOICE_STORE", transport);
    const auto gateway = rpc::read_channel(configuration, "STRIPE_GATEWAY", transport);
    webhook_ingester::EventPush push(loop, store, patience, metrics);
    webhook_ingester::Repairs repairs(loop, store, gateway, repair_options(configuration, webhook.accounts), metrics);
    webhook.follow_up = [&repairs](webhook_ingester::Followup followup) { repairs.follow_up(std::move(followup)); };
    webhook_ingester::WebhookApi api(push, std::move(webhook), metrics);

    http::ServerOptions options;
    options.listen = configuration.text("WEBHOOK_LISTEN");
    options.name = "webhook";
    options.limits.connections = static_cast<std::size_t>(configuration.integer("MAX_CONNECTIONS", 1, 100'000));
    http::Server server(loop, options, http::bind_routes(api, webhook_ingester::kWebhookRoutes), metrics);
    http::OperationsServer operations(configuration.text("METRICS_LISTEN"), metrics, [&push, secrets] {
        // Without a secret it serves, and refuses: told, because an operator looks here first.
        return std::vector<http::ReadinessCheck>{
            {"invoice_store", push.store_ready(), ""},
            {"webhook_secrets", true, secrets == 0 ? "none: every webhook is refused" : ""}};
    });
    server.start();
    repairs.start();
    const auto address = host_of(options.listen) + std::to_string(server.port());
    const auto metrics_address = host_of(configuration.text("METRICS_LISTEN")) + std::to_string(operations.port());
    // On the loop, which runs once a signal to stop is heeded: whoever is told may send one at once.
    boost::asio::post(loop, [&] {
        runtime::write_ready_file({{"WEBHOOK_LISTEN", address}, {"METRICS_LISTEN", metrics_address}});
        runtime::log_info("serving", {{"webhooks", address}, {"metrics", metrics_address}, {"secrets", secrets}});
    });

    const bool clean = runtime::run_until_signal(
        loop, drain, [&](std::chrono::steady_clock::time_point deadline) -> boost::asio::awaitable<void> {
            operations.set_draining();
            const bool gentle = co_await server.drain(deadline);
            runtime::log_info("stopped", {{"gentle", gentle}});
        });
    return clean ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "quittance-webhook-ingester: " << error.what() << "\n";
        return EXIT_FAILURE;
    }
}
