// A gRPC server with health, reflection and a clean shutdown. Handlers are coroutines on the process's loop: they see
// neither a completion queue nor a callback (see unary.hpp for how a method is bound to one).
#pragma once

#include <grpcpp/impl/codegen/service_type.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "rpc/tls/transport.hpp"

namespace quittance::rpc {

struct ServerOptions {
    std::string listen = "127.0.0.1:0";  // "HOST:PORT" or "unix:PATH"
    int message_bytes = 8 * 1024 * 1024;
    Transport transport;
};

class Server {
  public:
    // Listens at once; throws std::runtime_error with the address if it cannot. The services must outlive the server.
    Server(ServerOptions options, const std::vector<grpc::Service*>& services);
    ~Server();

    int port() const;
    const std::string& address() const;  // what a client dials: the host of `listen` and the real port

    // What the health service says of every service here ("" and each by name).
    void set_serving(bool serving);

    // Says that it serves no more, gives callers a moment to go elsewhere, then takes no new calls, waits for those in
    // flight until the deadline and cancels the rest. From an ordinary thread while the loop still runs: the handlers
    // need it to finish.
    void shutdown(std::chrono::system_clock::time_point deadline);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::rpc
