// A gRPC server with the health service, reflection and a graceful shutdown. Handlers are coroutines on the process's
// loop; unary.hpp binds methods to them.
#pragma once

#include <grpcpp/impl/codegen/service_type.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rpc/server/listener.hpp"
#include "rpc/tls/transport.hpp"
#include "runtime/configuration.hpp"
#include "runtime/metrics.hpp"

namespace quittance::rpc {

struct ServerOptions {
    std::string listen = "127.0.0.1:0";  // "HOST:PORT" or "unix:PATH"
    int message_bytes = 8 * 1024 * 1024;
    Transport transport;
    ListenerLimits connections;  // not for "unix:PATH"
    // What gRPC may hold of requests that it is reading, more or less. Beyond it, gRPC closes connections and cancels
    // calls.
    std::size_t memory_bytes = 64 * 1024 * 1024;
    runtime::Metrics* metrics = nullptr;  // must outlive the server; null: refused connections are not counted
};

// The settings RPC_CONNECTIONS and RPC_MEMORY_MIB, added to those of a service with a gRPC server.
std::vector<runtime::Setting> with_server_settings(std::span<const runtime::Setting> settings);

// `listen` names the setting of the address. Throws runtime::ConfigurationError, which names a setting.
ServerOptions read_server_options(const runtime::Configuration& configuration, std::string_view listen,
                                  Transport transport, runtime::Metrics& metrics);

class Server {
  public:
    // Starts to listen. Throws std::runtime_error with the address if that fails. The services must outlive the server.
    Server(ServerOptions options, const std::vector<grpc::Service*>& services);
    ~Server();

    int port() const;
    const std::string& address() const;  // the host of `listen` and the real port, for clients

    // True: a new connection to our own port, with the handshake that a caller makes, succeeds within this time. Blocks
    // for that long at most; for one thread at a time. Always true for "unix:PATH".
    bool answers(std::chrono::milliseconds timeout);

    // Sets the health of every service of this server: of "" and of each service's name.
    void set_serving(bool serving);

    // Reports by the health service that it stops serving, and gives clients a moment to turn to other replicas. Then
    // takes no new calls, waits for the calls in flight until the deadline, and cancels the rest. Blocks: call it on an
    // ordinary thread while the loop still runs, because the handlers need the loop to finish.
    void shutdown(std::chrono::system_clock::time_point deadline);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::rpc
