// The command line: a tree of subcommands. The parse selects the command to run.
#pragma once

#include <CLI/App.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/timestamps.hpp"
#include "clients/services.hpp"
#include "quittancectl/output.hpp"
#include "rpc/tls/transport.hpp"

namespace quittance::quittancectl {

using clients::Services;
using Command = std::function<boost::asio::awaitable<ExitCode>(Services&)>;

struct CommandLine {
    std::string store_address = "127.0.0.1:9090";
    std::string gateway_address = "127.0.0.1:9091";
    std::string store_name;  // in its certificate; empty: the host of its address
    std::string gateway_name;
    std::string transport = "tls";
    rpc::TlsFiles tls;
    bool calls_services = true;
    bool json = false;
    std::string account = "default";
    // Set by the parse.
    Command command;
};

// The line's command is `run` if this subcommand is given.
void set_command(CLI::App& subcommand, CommandLine& line, Command run);

// Each adds its subcommands below `app`. `line` must outlive the app.
void add_events_commands(CLI::App& app, CommandLine& line);
void add_repair_commands(CLI::App& app, CommandLine& line);
void add_doubts_command(CLI::App& app, CommandLine& line);
void add_invoice_command(CLI::App& app, CommandLine& line);
void add_token_command(CLI::App& app, CommandLine& line);
void add_key_command(CLI::App& app, CommandLine& line);
void add_account_command(CLI::App& app, CommandLine& line);

std::unique_ptr<CLI::App> make_command_line(CommandLine& line);

// Rules for arguments, with the message for an argument that breaks them.
CLI::Validator time_rule();
CLI::Validator duration_rule();

}  // namespace quittance::quittancectl
