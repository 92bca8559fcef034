// quittancectl: the operators' tool.
#include <CLI/Error.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <iostream>

#include "quittancectl/command_line.hpp"
#include "runtime/metrics.hpp"

namespace {

using namespace quittance;  // NOLINT(google-build-using-namespace): a main of its own

rpc::ChannelOptions channel_to(const quittancectl::CommandLine& line, const std::string& address) {
    rpc::ChannelOptions options;
    options.address = address;
    options.tls_certificate = line.tls_certificate;
    options.tls_key = line.tls_key;
    options.tls_ca = line.tls_ca;
    return options;
}

int run(int argc, char** argv) {
    quittancectl::CommandLine line;
    const auto app = quittancectl::make_command_line(line);
    try {
        app->parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app->exit(error) == 0 ? quittancectl::kDone : quittancectl::kUsage;
    }
    runtime::Metrics metrics;  // nobody scrapes a command; the clients count all the same
    boost::asio::io_context loop{1};
    reconcile::StoreClient store(channel_to(line, line.store_address), metrics);
    reconcile::GatewayClient gateway(channel_to(line, line.gateway_address), metrics);
    quittancectl::Services services{store, gateway};
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
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "quittancectl: " << error.what() << "\n";
        return quittancectl::kFailed;
    }
}
