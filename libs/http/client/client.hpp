// An HTTP/1.1 and HTTPS client with connection reuse, for one origin. Verifies TLS unless told otherwise.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <variant>

#include "http/client/client_types.hpp"

namespace quittance::http {

class Client {
  public:
    // Throws std::runtime_error if base_url cannot be used.
    Client(boost::asio::io_context& loop, ClientOptions options);
    ~Client();

    // A GET or HEAD on a kept connection that the peer has just closed is sent once more, on a new connection. Any
    // other request fails with sent=true.
    boost::asio::awaitable<std::variant<ClientResponse, ClientFailure>> send(
        ClientRequest request, std::chrono::steady_clock::time_point deadline);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace quittance::http
