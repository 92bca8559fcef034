// An HTTP/1.1 and HTTPS client with connection reuse, for one origin. Verifies TLS unless told otherwise.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <variant>

#include "http/message.hpp"

namespace quittance::http {

struct ClientOptions {
    std::string base_url;          // "https://api.stripe.com" or "http://127.0.0.1:12111"; a path in it is refused
    std::string ca_file;           // empty: the system's store
    std::size_t connections = 64;  // at most this many at once; further sends wait for one to be free
    std::size_t response_bytes = 8 * 1024 * 1024;
    std::chrono::milliseconds connect_time{5'000};
    std::chrono::milliseconds idle_time{30'000};  // a connection idle for longer is not used again
};

struct ClientRequest {
    std::string method;
    std::string target;
    Headers headers;  // beside Host, Content-Length and Connection, which the client sets
    std::string body;
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    std::string body;
};

// Why there is no answer. `sent` tells whether the request may have had an effect.
struct ClientFailure {
    std::string reason;  // for the log: "connect: Connection refused"
    bool timed_out = false;
    bool sent = false;       // false: not one byte of it reached the peer, so nothing can have happened there
    bool no_place = false;   // no connection became free in time: the peer was not asked
    bool too_large = false;  // the answer is larger than response_bytes; it was not read
};

class Client {
  public:
    // Throws std::runtime_error for a base_url that it cannot use.
    Client(boost::asio::io_context& loop, ClientOptions options);
    ~Client();

    // A request that is safe to repeat unseen (GET, HEAD) and hits a kept connection that the peer has just closed is
    // sent once more on a fresh one; any other comes back as a failure with sent=true.
    boost::asio::awaitable<std::variant<ClientResponse, ClientFailure>> send(
        ClientRequest request, std::chrono::steady_clock::time_point deadline);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace quittance::http
