// The command line: one tree of subcommands, each of which leaves a command to run.
#pragma once

#include <CLI/App.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/timestamps.hpp"
#include "clients/invoice_store_client.hpp"
#include "clients/stripe_gateway_client.hpp"
#include "quittancectl/output.hpp"

namespace quittance::quittancectl {

// The services that commands talk to.
struct Services {
    reconcile::StoreClient& store;
    reconcile::GatewayClient& gateway;
};

using Command = std::function<boost::asio::awaitable<ExitCode>(Services&)>;

struct CommandLine {
    std::string store_address = "127.0.0.1:9090";
    std::string gateway_address = "127.0.0.1:9091";
    std::string store_name;  // in its certificate, where the address says another one
    std::string gateway_name;
    std::string transport = "tls";
    rpc::TlsFiles tls;
    bool calls_services = true;
    bool json = false;
    std::string account = "default";
    // What the subcommand given asks for; set by the parse.
    Command command;
};

// Each adds its subcommands below `app`. `line` must outlive the app.
void add_events_commands(CLI::App& app, CommandLine& line);
void add_repair_commands(CLI::App& app, CommandLine& line);
void add_invoice_command(CLI::App& app, CommandLine& line);
void add_token_command(CLI::App& app, CommandLine& line);

std::unique_ptr<CLI::App> make_command_line(CommandLine& line);

// Rules for arguments, with the words to say where they are broken.
CLI::Validator time_rule();
CLI::Validator duration_rule();

}  // namespace quittance::quittancectl
