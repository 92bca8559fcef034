#include "quittancectl/command_line.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <utility>

#include "base/timestamps.hpp"
#include "quittancectl/time_argument.hpp"

namespace quittance::quittancectl {
namespace {

constexpr const char* kAbout =
    "Operates a running Quittance: the inbox of events, repairs, and the history of an invoice.\n"
    "Every command can print JSON for programs (--json).\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done and found missing events, drift, doubts or events that are\n"
    "still dead, 4 not found, 5 a service cannot be reached now.";

}  // namespace

CLI::Validator time_rule() {
    return {[](std::string& text) {
                return parse_time(text, base::unix_now())
                           ? std::string()
                           : "must be like 24h (ago), 2026-11-22 or 2026-11-22T04:30:00Z";
            },
            "TIME"};
}

CLI::Validator duration_rule() {
    return {
        [](std::string& text) { return parse_duration(text) ? std::string() : "must be like 90s, 15m, 24h or 30d"; },
        "DURATION"};
}

void set_command(CLI::App& subcommand, CommandLine& line, Command run) {
    subcommand.callback([&line, run = std::move(run)] { line.command = run; });
}

std::unique_ptr<CLI::App> make_command_line(CommandLine& line) {
    auto app = std::make_unique<CLI::App>(kAbout, "quittancectl");
    app->add_option("--store", line.store_address, "HOST:PORT of invoice_store's gRPC")
        ->envname("INVOICE_STORE_ADDRESS")
        ->capture_default_str();
    app->add_option("--gateway", line.gateway_address, "HOST:PORT of stripe_gateway's gRPC")
        ->envname("STRIPE_GATEWAY_ADDRESS")
        ->capture_default_str();
    app->add_option("--transport", line.transport, "tls (needs the three files below) or plaintext")
        ->envname("RPC_TRANSPORT")
        ->capture_default_str();
    app->add_option("--tls-cert", line.tls.certificate, "PEM file with our certificate")->envname("TLS_CERT");
    app->add_option("--tls-key", line.tls.key, "PEM file with its key")->envname("TLS_KEY");
    app->add_option("--tls-ca", line.tls.ca, "PEM file with the authorities that sign the services' certificates")
        ->envname("TLS_CA");
    app->add_option("--store-tls-name", line.store_name,
                    "The name in invoice_store's certificate, if it is not the host of --store")
        ->envname("INVOICE_STORE_TLS_NAME");
    app->add_option("--gateway-tls-name", line.gateway_name,
                    "The name in stripe_gateway's certificate, if it is not the host of --gateway")
        ->envname("STRIPE_GATEWAY_TLS_NAME");
    app->add_option("--account", line.account, "Label of the Stripe account")->capture_default_str();
    app->add_flag("--json", line.json, "Print JSON, one object on each line");
    app->require_subcommand(1);
    // Common options are also accepted after the subcommand.
    app->fallthrough();
    add_events_commands(*app, line);
    add_repair_commands(*app, line);
    add_doubts_command(*app, line);
    add_invoice_command(*app, line);
    add_token_command(*app, line);
    add_key_command(*app, line);
    add_account_command(*app, line);
    return app;
}

}  // namespace quittance::quittancectl
