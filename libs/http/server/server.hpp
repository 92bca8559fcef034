// A bounded HTTP/1.1 server on Boost.Beast: one coroutine per connection on one loop, keep-alive, limits on header,
// body, time and connections, 413 and 431 answered before closing, and a drain that loses no accepted request.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

#include "http/server/router.hpp"
#include "http/server/server_options.hpp"
#include "runtime/metrics.hpp"

namespace quittance::http {

class Server {
  public:
    // Binds and listens at once; throws std::runtime_error with the address if that fails. Serves from start() on.
    Server(boost::asio::io_context& loop, ServerOptions options, Router router, runtime::Metrics& metrics);
    // Closes all connections. The metrics are not used any more, even if the loop keeps the coroutines of connections.
    // A handler that runs is not stopped: drain first, or stop the loop.
    ~Server();

    std::uint16_t port() const;
    void start();

    // Stops gently. Accepts what is in the accept queue, then nothing more. Every further answer has `Connection:
    // close`. Closes connections that are idle for a moment. Returns when all connections are closed, or closes the
    // rest at the deadline. True: it had to close none by force.
    boost::asio::awaitable<bool> drain(std::chrono::steady_clock::time_point deadline);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace quittance::http
