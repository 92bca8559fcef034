#include "rpc/server/server.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/impl/server_initializer.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <thread>

#include "rpc/grpc_settings.hpp"
#include "rpc/server/read_guard.hpp"

namespace quittance::rpc {
namespace {

// How long a stopping server continues to serve after its health service has reported the stop. Clients learn it at
// once on their health-check stream, and the calls that they send meanwhile are answered. Without this time calls would
// be lost: gRPC 1.51 drops calls that cross its GOAWAY.
constexpr std::chrono::milliseconds kHandover{1'000};

constexpr std::array<runtime::Setting, 2> kSettings{{
    {"RPC_CONNECTIONS", "Most gRPC connections at one time, 10 to 100000; one address may hold half of them.", "1000"},
    {"RPC_MEMORY_MIB",
     "What gRPC may hold of requests that it is reading, in MiB, 16 to 4096; beyond it, it cancels calls and closes "
     "connections.",
     "64"},
}};

// What a caller may cost before a handler sees its call.
void limit_callers(grpc::ServerBuilder& builder, const ServerOptions& options) {
    builder.SetMaxReceiveMessageSize(options.message_bytes);
    builder.SetMaxSendMessageSize(options.message_bytes);
    // gRPC 1.51 checks the size of a message before it inflates it and after, so 300 KiB of gzip became 300 MiB. None
    // of our clients compresses. Others get UNIMPLEMENTED before anything is inflated.
    builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
    builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
    // What half-sent messages may take. Under pressure gRPC closes idle connections and cancels calls, whosever they
    // are: callers connect again.
    builder.SetResourceQuota(grpc::ResourceQuota("callers").Resize(options.memory_bytes));
    constexpr int kMetadataBytes = 16 * 1024;
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytes);
    // For a TLS handshake, or the first bytes of HTTP/2. gRPC's default is two minutes.
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
    // On one connection. By default there is no limit. Clients keep further calls back until others end.
    constexpr int kCallsOfConnection = 2'048;
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kCallsOfConnection);
}

// The process counts, where a read fails. A registry has those since it was made.
void show(runtime::Metrics& metrics, const char* name, const char* help, std::size_t (*count)()) {
    metrics.before_scrape([counter = metrics.counter(name, help), count, shown = count()]() mutable {
        const auto all = count();
        counter.increment(static_cast<double>(all - shown));
        shown = all;
    });
}

void show_ended_connections(runtime::Metrics& metrics) {
    show(metrics, "quittance_rpc_endless_headers_total",
         "gRPC connections that were ended because a header was too long.", endless_headers);
    show(metrics, "quittance_rpc_reset_floods_total",
         "gRPC connections that were ended because they reset too many calls.", reset_floods);
}

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
    std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
    std::optional<Listener> listener;  // none for a Unix socket
    int port = 0;
    std::string address;
    std::string own_address;  // where this process reaches it: a wildcard is no address to connect to

    void accept(int connection) {
        if (!transport.is_tls()) guard_plain_connection(connection);
        grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
        parameters.fd = connection;
        acceptor->HandleNewConnection(&parameters);
    }
};

std::vector<runtime::Setting> with_server_settings(std::span<const runtime::Setting> settings) {
    std::vector<runtime::Setting> all(settings.begin(), settings.end());
    all.insert(all.end(), kSettings.begin(), kSettings.end());
    return all;
}

ServerOptions read_server_options(const runtime::Configuration& configuration, std::string_view listen,
                                  Transport transport, runtime::Metrics& metrics) {
    constexpr std::int64_t kMiB = 1024 * 1024;
    ServerOptions options;
    options.listen = configuration.text(listen);
    options.transport = std::move(transport);
    options.connections.connections = static_cast<std::size_t>(configuration.integer("RPC_CONNECTIONS", 10, 100'000));
    options.memory_bytes = static_cast<std::size_t>(configuration.integer("RPC_MEMORY_MIB", 16, 4'096) * kMiB);
    options.metrics = &metrics;
    return options;
}

Server::Server(ServerOptions options, const std::vector<grpc::Service*>& services) : state_(std::make_unique<State>()) {
    set_before_grpc_starts();
    if (options.metrics != nullptr) show_ended_connections(*options.metrics);
    state_->transport = options.transport;
    const bool is_unix = options.listen.starts_with("unix:");
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    const auto credentials = options.transport.server_credentials();
    if (is_unix) {
        builder.AddListeningPort(options.listen, credentials);
    } else {
        using Type = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
        state_->listener.emplace(options.listen, options.connections, options.metrics);
        state_->port = state_->listener->port();
        state_->own_address = state_->listener->own_address();
        state_->acceptor = builder.experimental().AddExternalConnectionAcceptor(Type::FROM_FD, credentials);
    }
    limit_callers(builder, options);
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
    if (!state_->server) throw std::runtime_error("cannot listen on '" + options.listen + "'");
    state_->address =
        is_unix ? options.listen : options.listen.substr(0, options.listen.rfind(':') + 1) + std::to_string(port());
    // The health service knows only "" until the status of a name is set.
    if (auto* health = state_->server->GetHealthCheckService())
        for (const auto& name : *names) health->SetServingStatus(name, false);
    set_serving(false);
    if (state_->listener) state_->listener->start([state = state_.get()](int fd) { state->accept(fd); });
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

bool Server::answers(std::chrono::milliseconds timeout) {
    if (!state_->listener) return true;
    grpc::ChannelArguments arguments;
    // A connection of its own: one that is open already says nothing about the listener.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    const auto channel =
        grpc::CreateCustomChannel(state_->own_address, state_->transport.probe_credentials(), arguments);
    state_->listener->expect_own(true);
    const bool connected = channel->WaitForConnected(std::chrono::system_clock::now() + timeout);
    state_->listener->expect_own(false);
    return connected;
}

void Server::set_serving(bool serving) {
    if (auto* health = state_->server->GetHealthCheckService()) health->SetServingStatus(serving);
}

void Server::shutdown(std::chrono::system_clock::time_point deadline) {
    set_serving(false);
    const auto left = deadline - std::chrono::system_clock::now();
    if (left > kHandover) std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(kHandover, left / 4));
    if (state_->listener) state_->listener->stop();
    state_->server->Shutdown(deadline);
    state_->server->Wait();
}

}  // namespace quittance::rpc
