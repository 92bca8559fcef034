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
