// quittancectl: the operators' tool.
#include <CLI/Error.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <iostream>

#include "quittancectl/command_line.hpp"
#include "rpc/client/client.hpp"
#include "runtime/metrics.hpp"
#include "runtime/process_start.hpp"

namespace {

using namespace quittance;  // NOLINT(google-build-using-namespace): a main of its own

int run(int argc, char** argv) {
    quittancectl::CommandLine line;
    const auto app = quittancectl::make_command_line(line);
    try {
        app->parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app->exit(error) == 0 ? quittancectl::kDone : quittancectl::kUsage;
    }
    runtime::Metrics metrics;  // the clients need one; nobody scrapes a command
    boost::asio::io_context loop{1};
    rpc::ChannelOptions to_store;
    to_store.address = line.store_address;
    to_store.server_name = line.store_name;
    // Commands that call no service need no transport.
    to_store.transport =
        line.calls_services ? rpc::choose_transport(line.transport, line.tls, metrics) : rpc::Transport::plaintext();
    auto to_gateway = to_store;
    to_gateway.address = line.gateway_address;
    to_gateway.server_name = line.gateway_name;
    clients::Services services(to_store, to_gateway, metrics);
    auto code = quittancectl::kFailed;
    std::exception_ptr failure;
    boost::asio::co_spawn(loop, line.command(services), [&](std::exception_ptr error, quittancectl::ExitCode result) {
        failure = error;
        code = result;
    });
    loop.run();
    if (failure) std::rethrow_exception(failure);
    std::cout.flush();
    return std::cout ? code : quittancectl::kFailed;
}

}  // namespace

int main(int argc, char** argv) {
    runtime::start_process();
    try {
        return run(argc, argv);
    } catch (const runtime::ConfigurationError& error) {
        std::cerr << "quittancectl: " << error.what() << "\n";
        return quittancectl::kUsage;
    } catch (const std::exception& error) {
        std::cerr << "quittancectl: " << error.what() << "\n";
        return quittancectl::kFailed;
    }
}
