// quittance-stripe-emulator: a stateful stand-in for Stripe, for development and tests. Never part of a deployment.
#include <array>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <iostream>

#include "http/server/operations.hpp"
#include "http/server/server.hpp"
#include "runtime/configuration.hpp"
#include "runtime/log.hpp"
#include "runtime/metrics.hpp"
#include "runtime/process.hpp"
#include "runtime/ready_file.hpp"
#include "stripe_emulator/http/delivery_pump.hpp"
#include "stripe_emulator/http/frontend.hpp"
#include "stripe_emulator/model/version.hpp"

namespace {

using namespace quittance;  // NOLINT(google-build-using-namespace): a main of its own

constexpr std::array<runtime::Setting, 10> kSettings{{
    {"EMULATOR_LISTEN", "HOST:PORT of the emulated API; port 0 takes a free one.", "127.0.0.1:12111"},
    {"EMULATOR_API_KEYS", "Accepted API keys, comma-separated; empty: any that looks like one.", "",
     runtime::Kind::kSecret},
    {"EMULATOR_CLOCK_RATE", "Seconds of waiting time in one real second, 1 to 1000000.", "1"},
    {"EMULATOR_SEED", "Seed of ids and faults; 0: another one each time.", "1"},
    {"EMULATOR_API_VERSION", "The account's API version.", "2023-10-16"},
    {"EMULATOR_ACCOUNT", "The account's id.", "acct_1QtncEMu1at0rXy7"},
    {"EMULATOR_WEBHOOK_URL", "A webhook endpoint for all events from the start; empty: none.", ""},
    {"EMULATOR_WEBHOOK_SECRET", "Its signing secret; needed with EMULATOR_WEBHOOK_URL.", "", runtime::Kind::kSecret},
    {"EMULATOR_WEBHOOK_API_VERSION", "Its API version; empty: the account's.", ""},
    {"EMULATOR_WEBHOOK_TIMEOUT_MS", "How long one webhook attempt may take, 10 to 60000 ms.", "20000"},
}};

std::string checked_version(const runtime::Configuration& configuration, std::string_view name) {
    const auto& version = configuration.text(name);
    if (!version.empty() && !stripe_emulator::is_api_version(version)) {
        throw runtime::ConfigurationError(std::string(name) + " is no API version: " + version);
    }
    return version;
}

stripe_emulator::AccountSettings account_settings(const runtime::Configuration& configuration) {
    stripe_emulator::AccountSettings settings;
    settings.id = configuration.text("EMULATOR_ACCOUNT");
    settings.api_version = checked_version(configuration, "EMULATOR_API_VERSION");
    settings.seed =
        static_cast<std::uint64_t>(configuration.integer("EMULATOR_SEED", 0, std::numeric_limits<std::int64_t>::max()));
    const auto keys = configuration.list("EMULATOR_API_KEYS");
    settings.livemode = !keys.empty() && keys.front().find("_live_") != std::string::npos;
    return settings;
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
    endpoint.secret = configuration.text("EMULATOR_WEBHOOK_SECRET");
    if (endpoint.secret.empty())
        throw runtime::ConfigurationError("EMULATOR_WEBHOOK_SECRET is needed with EMULATOR_WEBHOOK_URL");
    const auto version = checked_version(configuration, "EMULATOR_WEBHOOK_API_VERSION");
    if (!version.empty()) endpoint.api_version = version;
    account.endpoints.add(std::move(endpoint));
}

std::string host_of(const std::string& listen) {
    return listen.substr(0, listen.rfind(':') + 1);
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

int run(int argc, char** argv) {
    const auto settings = runtime::with_common_settings(kSettings);
    const auto configuration = runtime::Configuration::read(
        "quittance-stripe-emulator", "A stateful stand-in for Stripe, for development and tests only.", settings, argc,
        argv);
    runtime::start_log("stripe_emulator", configuration.one_of("LOG_FORMAT", {"text", "json"}),
                       configuration.one_of("LOG_LEVEL", {"trace", "debug", "info", "warn", "error"}));
    const auto drain = std::chrono::seconds(configuration.integer("DRAIN_SECONDS", 1, 600));

    runtime::Metrics metrics;
    boost::asio::io_context loop{1};
    const stripe_emulator::Schema schema(stripe_emulator::embedded_openapi_subset(),
                                         stripe_emulator::embedded_schema_additions());
    stripe_emulator::Account account(account_settings(configuration));
    stripe_emulator::Clock clock(configuration.integer("EMULATOR_CLOCK_RATE", 1, 1'000'000));
    stripe_emulator::Faults faults(account.settings.seed);
    account.webhook_fate = [&](const std::string& type, const std::string& endpoint) {
        return faults.strike_webhook(type, endpoint, clock.rate());
    };
    add_endpoint(configuration, account, clock.now());
    stripe_emulator::Api api(account, schema, faults, configuration.list("EMULATOR_API_KEYS"));
    stripe_emulator::PumpOptions pump_options;
    pump_options.attempt_time =
        std::chrono::milliseconds(configuration.integer("EMULATOR_WEBHOOK_TIMEOUT_MS", 10, 60'000));
    stripe_emulator::DeliveryPump pump(loop, account, clock, pump_options, metrics);
    stripe_emulator::Frontend frontend(account, api, faults, clock, pump);

    http::Server server(loop, server_options(configuration, frontend), http::Router(frontend.routes()), metrics);
    http::OperationsServer operations(configuration.text("METRICS_LISTEN"), metrics, [] {
        return std::vector<http::ReadinessCheck>{{"account", true, ""}};
    });
    pump.start();
    server.start();
    const auto address = host_of(configuration.text("EMULATOR_LISTEN")) + std::to_string(server.port());
    const auto metrics_address = host_of(configuration.text("METRICS_LISTEN")) + std::to_string(operations.port());
    // On the loop, which runs once a signal to stop is heeded: whoever is told may send one at once.
    boost::asio::post(loop, [&] {
        runtime::write_ready_file({{"EMULATOR_LISTEN", address}, {"METRICS_LISTEN", metrics_address}});
        runtime::log_info("serving",
                          {{"emulator", address}, {"metrics", metrics_address}, {"account", account.settings.id}});
    });

    const bool clean = runtime::run_until_signal(
        loop, drain, [&](std::chrono::steady_clock::time_point deadline) -> boost::asio::awaitable<void> {
            operations.set_draining();
            const bool gentle = co_await server.drain(deadline);
            co_await pump.stop(deadline);
            runtime::log_info("stopped", {{"gentle", gentle}});
        });
    return clean ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "quittance-stripe-emulator: " << error.what() << "\n";
        return EXIT_FAILURE;
    }
}
