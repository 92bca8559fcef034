// Accepts the TCP connections of a gRPC server. gRPC 1.51 has no limit on connections, and its own listener is deaf for
// ever after one accept() that failed, as it does where no file descriptor is left (CVE-2023-4785). This one waits and
// goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/metrics.hpp"

namespace quittance::rpc {

struct ListenerLimits {
    // Open at one time. What comes beyond them is closed at once. Cut to what the limit of open files allows.
    std::size_t connections = 1'000;
    // One address may hold the half of them, so that others still get theirs.
    std::size_t share_of_address = 2;
};

class Listener {
  public:
    // Opens the socket. Throws std::runtime_error with `listen` ("HOST:PORT", port 0 takes a free one) if that fails.
    // `metrics`, which may be null, must outlive the listener.
    Listener(const std::string& listen, ListenerLimits limits, runtime::Metrics* metrics);
    // Stops.
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    std::uint16_t port() const;
    // "127.0.0.1:9090": where this process itself reaches the socket, also where it listens on every address.
    std::string own_address() const;

    // While this is set, a connection from own_address() is accepted beyond the limits: our own look at the port must
    // not fail because others hold all connections. From any thread.
    void expect_own(bool expected);

    // Accepts on a thread of its own from now on. `take` gets each connection as a descriptor that is its to close.
    void start(std::function<void(int descriptor)> take);
    // Closes the socket and ends the thread. The connections stay. May be called again.
    void stop();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::rpc
