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
    // Binds and listens at once (throws std::runtime_error with the address if it cannot); serves from start() on.
    Server(boost::asio::io_context& loop, ServerOptions options, Router router, runtime::Metrics& metrics);
    // Closes what is open. The metrics are not touched any more, although the loop may keep the connections' coroutines
    // until it goes. A handler that is under way is not stopped: drain first, or let the loop run no more.
    ~Server();

    std::uint16_t port() const;
    void start();

    // Stops gently: takes what is already in the accept queue, then accepts no more; every further answer says
    // `Connection: close`; idle connections are closed once they have been idle for a moment; returns when all
    // connections are gone, or at the deadline after forcing what is left. True: nothing had to be forced.
    boost::asio::awaitable<bool> drain(std::chrono::steady_clock::time_point deadline);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace quittance::http
