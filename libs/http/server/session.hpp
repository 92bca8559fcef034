// One connection of the server: reads requests one after the other, calls the handler, writes the answers. For
// libs/http only. The header includes nothing of Beast.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <string>

#include "http/server/router.hpp"
#include "http/server/server_metrics.hpp"
#include "http/server/server_options.hpp"

namespace quittance::http {

class Session;
struct Exchange;    // one request and its answer, with Beast's parser (exchange.hpp)
struct ReadBuffer;  // bytes that were read and not parsed yet (exchange.hpp)

// Shared by the sessions of a server. One loop with one thread uses it: no locks.
struct ServerShared {
    ServerShared(ServerOptions given, Router table, runtime::Metrics& metrics)
        : options(std::move(given)), router(std::move(table)), counters(metrics, options.name) {}

    // The answer to a failure, in the service's form, with the header fields that its status needs.
    Response failure(const Failure& failure, const std::string& allow) const;
    // "Sun, 06 Nov 1994 08:49:37 GMT", made once a second.
    const std::string& date();

    ServerOptions options;
    Router router;
    ServerMetrics counters;
    std::list<Session*> sessions;
    bool draining = false;
    bool abandoned = false;  // the server is destroyed: its coroutines on the loop start nothing new
    std::size_t requests_in_flight = 0;
    std::size_t body_bytes = 0;  // of requests that are being read

  private:
    std::time_t date_second_ = 0;
    std::string date_;
};

class Session {
  public:
    using Clock = std::chrono::steady_clock;

    Session(std::shared_ptr<ServerShared> shared, boost::asio::ip::tcp::socket socket);
    ~Session();

    // Serves until the connection ends. The caller keeps the session alive as long.
    boost::asio::awaitable<void> run();

    // Called by the server's sweep: ends what took too long.
    void expire_if_late(Clock::time_point now);
    // Called when a drain begins: an idle connection is closed after `moment`, unless a request arrives.
    void start_draining(Clock::time_point moment);
    void force_close();

  private:
    enum class Phase { kIdle, kHeader, kBody, kHandling, kWriting, kLingering };

    void enter(Phase phase, std::chrono::milliseconds limit);
    boost::asio::awaitable<bool> wait_for_request();
    boost::asio::awaitable<void> read_more(std::size_t at_most, boost::system::error_code& error);
    std::size_t feed(Exchange& exchange, boost::system::error_code& error);
    boost::asio::awaitable<void> read_header(Exchange& exchange);
    boost::asio::awaitable<void> read_body(Exchange& exchange);
    void check_framing(Exchange& exchange);
    void find_route(Exchange& exchange);
    boost::asio::awaitable<void> answer(Exchange& exchange);
    boost::asio::awaitable<bool> write(Exchange& exchange);
    boost::asio::awaitable<void> linger();
    void fail(Exchange& exchange, int status, std::string_view detail);

    std::shared_ptr<ServerShared> shared_;
    boost::asio::ip::tcp::socket socket_;
    std::list<Session*>::iterator place_;
    std::string peer_;
    Phase phase_ = Phase::kIdle;
    Clock::time_point deadline_;
    bool expired_ = false;

    std::unique_ptr<ReadBuffer> buffer_;
};

}  // namespace quittance::http
