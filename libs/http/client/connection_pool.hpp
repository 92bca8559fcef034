// The client's connections to its origin: their limit, the callers that wait for one, and the idle ones that are still
// open. For libs/http only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <deque>
#include <list>
#include <memory>
#include <optional>

#include "http/client/client_types.hpp"
#include "http/client/origin.hpp"

namespace quittance::http {

struct Connection {
    using Plain = boost::beast::tcp_stream;
    using Tls = boost::asio::ssl::stream<boost::beast::tcp_stream>;

    Connection(boost::asio::io_context& loop, boost::asio::ssl::context* tls_context);

    boost::beast::tcp_stream& lowest();

    std::optional<Plain> plain;
    std::optional<Tls> tls;
    boost::beast::flat_buffer buffer;
    std::chrono::steady_clock::time_point idle_since;
    bool reused = false;
};

class ConnectionPool {
  public:
    using Clock = std::chrono::steady_clock;

    ConnectionPool(boost::asio::io_context& loop, ClientOptions options);

    // An idle connection that is still open, or a new one that is connected (TLS included). Sets `failure` instead if
    // the deadline passes or the peer cannot be reached.
    boost::asio::awaitable<std::unique_ptr<Connection>> take(Clock::time_point deadline, bool fresh,
                                                             ClientFailure& failure);
    // Every taken connection must be given back, to be kept or closed.
    void give_back(std::unique_ptr<Connection> connection, bool keep);

    const Origin& origin() const { return origin_; }
    const ClientOptions& options() const { return options_; }

  private:
    using Addresses = boost::asio::ip::tcp::resolver::results_type;
    struct Waiter {
        boost::asio::steady_timer timer;  // its deadline
        bool granted = false;
    };

    boost::asio::awaitable<bool> wait_for_place(Clock::time_point deadline);
    boost::asio::awaitable<Addresses> resolve(Clock::time_point limit, boost::system::error_code& error);
    boost::asio::awaitable<std::unique_ptr<Connection>> connect(Clock::time_point deadline, ClientFailure& failure);
    std::unique_ptr<Connection> take_idle();
    void release_place();

    boost::asio::io_context& loop_;
    ClientOptions options_;
    Origin origin_;
    // The TLS session of the last handshake. The next one resumes it, which is shorter. The certificate was verified in
    // the full handshake.
    using Session = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;
    void keep_session(Connection& connection);

    std::optional<boost::asio::ssl::context> tls_context_;
    Session session_{nullptr, &SSL_SESSION_free};
    std::deque<std::unique_ptr<Connection>> idle_;  // the last used one in front
    std::list<Waiter*> waiting_;                    // the oldest in front
    std::size_t taken_ = 0;                         // the limit while any caller waits
};

}  // namespace quittance::http
