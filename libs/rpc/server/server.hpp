// A gRPC server with the health service, reflection and a graceful shutdown. Handlers are coroutines on the process's
// loop; unary.hpp binds methods to them.
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
    // Starts to listen. Throws std::runtime_error with the address if that fails. The services must outlive the server.
    Server(ServerOptions options, const std::vector<grpc::Service*>& services);
    ~Server();

    int port() const;
    const std::string& address() const;  // the host of `listen` and the real port, for clients

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
