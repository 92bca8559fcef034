// A bounded HTTP/1.1 server on Boost.Beast: one coroutine per connection on one loop, keep-alive, limits on header,
// body, time and connections, 413 and 431 answered before closing, and a drain that loses no accepted request.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/message.hpp"
#include "http/server/router.hpp"
#include "runtime/metrics.hpp"

namespace quittance::http {

struct ServerLimits {
    std::size_t header_bytes = 16 * 1024;            // request line and fields; more: 431
    std::size_t body_bytes = 1024 * 1024;            // more: 413
    std::size_t connections = 10'000;                // more: the newest is closed at once
    std::size_t requests_in_flight = 4'096;          // more: 503 with Retry-After
    std::chrono::milliseconds header_time{10'000};   // from the first byte of a request to its last header; then 408
    std::chrono::milliseconds body_time{20'000};     // from the last header to the last byte of the body; then 408
    std::chrono::milliseconds write_time{20'000};    // to hand an answer to the socket; then the connection is dropped
    std::chrono::milliseconds idle_time{75'000};     // between requests of a kept connection; then it is closed
    std::chrono::milliseconds handler_time{35'000};  // becomes Request::deadline
};

// Why the server answers without asking a handler: bad request line, unknown route, a limit …
struct Failure {
    int status;               // 400, 404, 405, 408, 413, 431, 500, 503
    std::string_view detail;  // a sentence for the client
    std::string_view method;
    std::string_view target;  // empty where it was not read
    std::string_view request_id;
};

struct ServerOptions {
    std::string listen = "127.0.0.1:0";  // "HOST:PORT", "[::]:8080"; port 0 takes a free one
    std::string name = "http";           // the `server` label of the metrics
    ServerLimits limits;
    // The body of such an answer; the server adds Allow, Retry-After and Connection itself. Unset: problem+json.
    std::function<Response(const Failure&)> failure_body;
};

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
