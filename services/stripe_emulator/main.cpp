// quittance-stripe-emulator: a stateful stand-in for Stripe, for development and tests. Never part of a deployment.
#include <array>
#include <cstdlib>
#include <sstream>
#include <string>

#include "http/server/server.hpp"
#include "http/server/service_host.hpp"
#include "runtime/log.hpp"
#include "stripe_emulator/http/delivery_pump.hpp"
#include "stripe_emulator/http/frontend.hpp"
#include "stripe_emulator/model/version.hpp"

namespace {

using namespace quittance;  // NOLINT(google-build-using-namespace): a main of its own

constexpr std::array<runtime::Setting, 13> kSettings{{
    {"EMULATOR_LISTEN", "HOST:PORT of the emulated API; port 0 takes a free one.", "127.0.0.1:12111"},
    {"EMULATOR_API_KEYS", "Accepted API keys, comma-separated; empty: any that looks like one.", "",
     runtime::Kind::kSecret},
    {"EMULATOR_CLOCK_RATE", "Seconds of waiting time in one real second, 1 to 1000000.", "1"},
    {"EMULATOR_SEED", "Seed of ids and faults; 0: another one each time.", "1"},
    {"EMULATOR_API_VERSION", "The account's API version.", "2023-10-16"},
    {"EMULATOR_ACCOUNT", "The account's id.", "acct_1QtncEMu1at0rXy7"},
    {"EMULATOR_FURTHER_ACCOUNTS", "Other accounts with their API keys: acct_1B=sk_test_b:sk_live_b, comma-separated.",
     "", runtime::Kind::kSecret},
    {"EMULATOR_CONNECTED_ACCOUNTS",
     "Ids of accounts that EMULATOR_ACCOUNT reaches with the header Stripe-Account, comma-separated.", ""},
    {"EMULATOR_WEBHOOK_URL", "A webhook endpoint for all events from the start; empty: none.", ""},
    {"EMULATOR_WEBHOOK_SECRET", "Its signing secret; needed with EMULATOR_WEBHOOK_URL.", "", runtime::Kind::kSecret},
    {"EMULATOR_WEBHOOK_API_VERSION", "Its API version; empty: the account's.", ""},
    {"EMULATOR_WEBHOOK_PAYLOAD", "What it gets: snapshot or thin events.", "snapshot"},
    {"EMULATOR_WEBHOOK_TIMEOUT_MS", "How long one webhook attempt may take, 10 to 60000 ms.", "20000"},
}};

std::string checked_version(const runtime::Configuration& configuration, std::string_view name) {
    const auto& version = configuration.text(name);
    if (!version.empty() && !stripe_emulator::is_api_version(version)) {
        throw runtime::ConfigurationError(std::string(name) + " is no API version: " + version);
    }
    return version;
}

// The emulator shows its accounts' keys and secrets to tests: they are plain texts of its state.
std::vector<std::string> texts_of(const base::Secret& list) {
    std::vector<std::string> texts;
    for (const auto& part : runtime::split_secrets(list)) texts.push_back(part.reveal());
    return texts;
}

std::vector<std::string> accepted_keys(const runtime::Configuration& configuration) {
    return texts_of(configuration.secret("EMULATOR_API_KEYS"));
}

stripe_emulator::AccountSettings account_settings(const runtime::Configuration& configuration) {
    stripe_emulator::AccountSettings settings;
    settings.id = configuration.text("EMULATOR_ACCOUNT");
    settings.api_version = checked_version(configuration, "EMULATOR_API_VERSION");
    settings.seed =
        static_cast<std::uint64_t>(configuration.integer("EMULATOR_SEED", 0, std::numeric_limits<std::int64_t>::max()));
    const auto keys = accepted_keys(configuration);
    settings.livemode = !keys.empty() && keys.front().find("_live_") != std::string::npos;
    return settings;
}

// The accounts beside the first one, and their keys.
void add_accounts(const runtime::Configuration& configuration, stripe_emulator::Accounts& accounts) {
    for (const auto& entry : texts_of(configuration.secret("EMULATOR_FURTHER_ACCOUNTS"))) {
        const auto equals = entry.find('=');
        const auto id = entry.substr(0, equals);
        if (equals == std::string::npos || !id.starts_with("acct_"))
            throw runtime::ConfigurationError("EMULATOR_FURTHER_ACCOUNTS needs entries like acct_1B=sk_test_b");
        accounts.add(id, "");
        std::istringstream keys(entry.substr(equals + 1));
        for (std::string key; std::getline(keys, key, ':');) accounts.give_key(key, id);
    }
    for (const auto& id : configuration.list("EMULATOR_CONNECTED_ACCOUNTS")) {
        if (!id.starts_with("acct_"))
            throw runtime::ConfigurationError("EMULATOR_CONNECTED_ACCOUNTS is no list of account ids: " + id);
        accounts.add(id, accounts.first().settings.id);
    }
}

// The endpoint that the environment names, so that a stack needs no call to register one.
void add_endpoint(const runtime::Configuration& configuration, stripe_emulator::Account& account,
                  const stripe_emulator::Now& now) {
    const auto& url = configuration.text("EMULATOR_WEBHOOK_URL");
    if (url.empty()) return;
    stripe_emulator::WebhookEndpoint endpoint;
    endpoint.id = account.ids.timed("we_", now.unix_seconds);
    endpoint.created = now.unix_seconds;
    endpoint.url = url;
    endpoint.enabled_events = {"*"};
    endpoint.secret = configuration.secret("EMULATOR_WEBHOOK_SECRET").reveal();
    if (endpoint.secret.empty())
        throw runtime::ConfigurationError("EMULATOR_WEBHOOK_SECRET is needed with EMULATOR_WEBHOOK_URL");
    const auto version = checked_version(configuration, "EMULATOR_WEBHOOK_API_VERSION");
    if (!version.empty()) endpoint.api_version = version;
    const auto& payload = configuration.text("EMULATOR_WEBHOOK_PAYLOAD");
    if (payload != "snapshot" && payload != "thin")
        throw runtime::ConfigurationError("EMULATOR_WEBHOOK_PAYLOAD must be snapshot or thin, not " + payload);
    endpoint.thin = payload == "thin";
    endpoint.destination = endpoint.thin;
    account.endpoints.add(std::move(endpoint));
}

http::ServerOptions server_options(const runtime::Configuration& configuration, stripe_emulator::Frontend& frontend) {
    http::ServerOptions options;
    options.listen = configuration.text("EMULATOR_LISTEN");
    options.name = "stripe_emulator";
    // Faults hold and slow calls for minutes.
    options.limits.handler_time = std::chrono::minutes(12);
    options.limits.body_bytes = 2 * 1024 * 1024;
    options.failure_body = [&frontend](const http::Failure& failure) { return frontend.failure_body(failure); };
    return options;
}

int run(http::Host& host) {
    const auto& configuration = host.settings();
    auto& metrics = host.metrics();
    auto& loop = host.loop();

    const stripe_emulator::Schema schema(stripe_emulator::embedded_openapi_subset(),
                                         stripe_emulator::embedded_schema_additions(),
                                         stripe_emulator::embedded_sdk_parameters());
    stripe_emulator::Accounts accounts(account_settings(configuration));
    auto& account = accounts.first();
    add_accounts(configuration, accounts);
    stripe_emulator::Clock clock(configuration.integer("EMULATOR_CLOCK_RATE", 1, 1'000'000));
    stripe_emulator::Faults faults(account.settings.seed);
    accounts.set_fates([&](const std::string& type,
                           const std::string& endpoint) { return faults.strike_webhook(type, endpoint, clock.rate()); },
                       [&](const std::string& type) { return faults.strike_event(type); });
    add_endpoint(configuration, account, clock.now());
    stripe_emulator::RequestPipeline pipeline(accounts, schema, faults, accepted_keys(configuration));
    stripe_emulator::PumpOptions pump_options;
    pump_options.attempt_time =
        std::chrono::milliseconds(configuration.integer("EMULATOR_WEBHOOK_TIMEOUT_MS", 10, 60'000));
    stripe_emulator::DeliveryPump pump(loop, accounts, clock, pump_options, metrics);
    stripe_emulator::Frontend frontend(accounts, pipeline, faults, clock, pump);

    http::Server server(loop, server_options(configuration, frontend), http::Router(frontend.routes()), metrics);
    pump.start();
    server.start();

    http::RunningService service;
    service.setting = "EMULATOR_LISTEN";
    service.field = "emulator";
    service.address = http::address_of(configuration.text("EMULATOR_LISTEN"), server.port());
    service.detail.emplace("account", account.settings.id);
    service.ready = [] { return std::vector<http::ReadinessCheck>{{"account", true, ""}}; };
    service.stop = [&](std::chrono::steady_clock::time_point deadline) -> boost::asio::awaitable<void> {
        const bool gentle = co_await server.drain(deadline);
        co_await pump.stop(deadline);
        runtime::log_info("stopped", {{"gentle", gentle}});
    };
    return host.run(service);
}

}  // namespace

int main(int argc, char** argv) {
    const http::ServiceName name{"quittance-stripe-emulator", "stripe_emulator",
                                 "A stateful stand-in for Stripe, for development and tests only."};
    return http::serve(name, kSettings, argc, argv, run);
}
