#include "rpc/server/server.hpp"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/impl/server_initializer.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "rpc/grpc_settings.hpp"

namespace quittance::rpc {
namespace {

// How long a stopping server continues to serve after its health service has reported the stop. Clients learn it at
// once on their health-check stream, and the calls that they send meanwhile are answered. Without this time calls would
// be lost: gRPC 1.51 drops calls that cross its GOAWAY.
constexpr std::chrono::milliseconds kHandover{1'000};

// Collects the names of the services that a builder registers. gRPC gives them to plugins only.
class ServiceNames : public grpc::ServerBuilderPlugin, public grpc::ServerBuilderOption {
  public:
    explicit ServiceNames(std::shared_ptr<std::vector<std::string>> names) : names_(std::move(names)) {}

    std::string name() override { return "quittance.service_names"; }
    void InitServer(grpc::ServerInitializer*) override {}
    void Finish(grpc::ServerInitializer* initializer) override { *names_ = *initializer->GetServiceList(); }
    void ChangeArguments(const std::string&, void*) override {}

    void UpdateArguments(grpc::ChannelArguments*) override {}
    void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
        plugins->push_back(std::make_unique<ServiceNames>(names_));
    }

  private:
    std::shared_ptr<std::vector<std::string>> names_;
};

}  // namespace

struct Server::State {
    Transport transport;  // must live as long as the server, which uses its credentials
    std::unique_ptr<grpc::Server> server;
    int port = 0;
    std::string address;
};

Server::Server(ServerOptions options, const std::vector<grpc::Service*>& services) : state_(std::make_unique<State>()) {
    set_before_grpc_starts();
    state_->transport = options.transport;
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    builder.AddListeningPort(options.listen, options.transport.server_credentials(), &state_->port);
    builder.SetMaxReceiveMessageSize(options.message_bytes);
    builder.SetMaxSendMessageSize(options.message_bytes);
    // Without this two processes could listen on one port, and each would get half of the calls.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    // Our clients ping every 20 s while calls wait (client.cpp). By default gRPC closes such connections as abusive.
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
    // Ends the streams of callers whose node vanished: only the server can notice that.
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
    // Clients look up replicas when a connection ends. Connections without a maximum age would leave new replicas
    // without calls. Calls and streams on an old connection continue to their own end.
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, 300'000);
    for (auto* service : services) builder.RegisterService(service);
    const auto names = std::make_shared<std::vector<std::string>>();
    builder.SetOption(std::make_unique<ServiceNames>(names));
    state_->server = builder.BuildAndStart();
    const bool is_unix = options.listen.starts_with("unix:");
    if (!state_->server || (state_->port == 0 && !is_unix))
        throw std::runtime_error("cannot listen on '" + options.listen + "'");
    state_->address = is_unix ? options.listen
                              : options.listen.substr(0, options.listen.rfind(':') + 1) + std::to_string(state_->port);
    // The health service knows only "" until the status of a name is set.
    if (auto* health = state_->server->GetHealthCheckService())
        for (const auto& name : *names) health->SetServingStatus(name, false);
    set_serving(false);
}

Server::~Server() {
    if (state_->server) shutdown(std::chrono::system_clock::now());
}

int Server::port() const {
    return state_->port;
}

const std::string& Server::address() const {
    return state_->address;
}

void Server::set_serving(bool serving) {
    if (auto* health = state_->server->GetHealthCheckService()) health->SetServingStatus(serving);
}

void Server::shutdown(std::chrono::system_clock::time_point deadline) {
    set_serving(false);
    const auto left = deadline - std::chrono::system_clock::now();
    if (left > kHandover) std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(kHandover, left / 4));
    state_->server->Shutdown(deadline);
    state_->server->Wait();
}

}  // namespace quittance::rpc
