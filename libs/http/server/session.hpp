// One connection of the server: reads requests one after the other, calls the handler, writes the answers. For
// libs/http only. The header includes nothing of Beast.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "http/server/access_log.hpp"
#include "http/server/connections.hpp"
#include "http/server/memory_budgets.hpp"
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
        : options(std::move(given)),
          router(std::move(table)),
          counters(metrics, options.name),
          access(options.name, options.access_lines_per_second),
          memory(options.limits.memory_bytes) {}

    // The answer to a failure, in the service's form, with the header fields that its status needs.
    Response failure(const Failure& failure, const std::string& allow) const;
    // "Sun, 06 Nov 1994 08:49:37 GMT", made once a second.
    const std::string& date();
    // Closes a connection of a peer that has too many, or of all if there are too many. False if the new one of the
    // peer has no room.
    bool make_room(const AddressBytes* peer);
    // Returns memory to the system when a burst of connections or bytes is over.
    void end_burst();

    ServerOptions options;
    Router router;
    ServerMetrics counters;
    AccessLog access;
    Connections connections;
    MemoryBudgets memory;
    bool burst = false;  // much memory was used
    bool draining = false;
    bool abandoned = false;  // the server is destroyed: its coroutines on the loop start nothing new
    std::size_t requests_in_flight = 0;

  private:
    std::time_t date_second_ = 0;
    std::string date_;
};

class Session {
  public:
    using Clock = std::chrono::steady_clock;

    // `peer`: whose connections it counts among; null for a trusted proxy.
    Session(std::shared_ptr<ServerShared> shared, boost::asio::ip::tcp::socket socket, const AddressBytes* peer);
    ~Session();

    // Serves until the connection ends. The caller keeps the session alive as long.
    boost::asio::awaitable<void> run();

    // Called by the server's sweep: ends what took too long.
    void expire_if_late(Clock::time_point now);
    // Called when a drain begins: an idle connection is closed after `moment`, unless a request arrives.
    void start_draining(Clock::time_point moment);
    void force_close();

    // Whether the connection may be closed for a new one: nothing is being done for a caller on it.
    bool can_make_room() const;
    // Closes the connection. It is not listed any more.
    void make_room();
    // Whether the session holds memory of that use, and can give it up.
    bool can_give_up(MemoryUse use) const;
    // Gives it up: the client is answered 503 if it has no answer yet, else the connection is closed.
    void give_up();

  private:
    friend class ExchangeBody;

    enum class Phase { kIdle, kHeader, kBody, kHandling, kWriting, kLingering };

    void enter(Phase phase, std::chrono::milliseconds limit);
    boost::asio::awaitable<bool> wait_for_request();
    boost::asio::awaitable<void> read_more(std::size_t at_most, boost::system::error_code& error);
    std::size_t feed(Exchange& exchange, boost::system::error_code& error);
    boost::asio::awaitable<void> read_header(Exchange& exchange);
    boost::asio::awaitable<void> receive_body(Exchange& exchange);
    boost::asio::awaitable<std::optional<Response>> read_for_handler(Exchange& exchange, Sender sender);
    boost::asio::awaitable<void> read_body(Exchange& exchange, Sender sender);
    bool hold_body(const Exchange& exchange, Sender sender);
    void fail_body(Exchange& exchange, const boost::system::error_code& error);
    bool drop_rest_of_body(Exchange& exchange);
    void check_framing(Exchange& exchange);
    void find_route(Exchange& exchange);
    void begin_handling(Exchange& exchange);
    boost::asio::awaitable<void> answer(Exchange& exchange);
    void forget_request(Exchange& exchange);
    std::string head_of(const Exchange& exchange);
    void hold_answer(const Response& response);
    boost::asio::awaitable<bool> write(Exchange& exchange);
    boost::asio::awaitable<void> linger();
    void fail(Exchange& exchange, int status, std::string_view detail);
    // From now on the session holds this, and nothing else.
    void hold(MemoryUse use, std::size_t bytes);
    // The same, and makes room for it among others of that use. False if there is none.
    bool hold_within_budget(MemoryUse use, std::size_t bytes);

    std::shared_ptr<ServerShared> shared_;
    boost::asio::ip::tcp::socket socket_;
    Connections::Place place_;
    std::string peer_address_;
    MemoryUse use_ = MemoryUse::kSmallOfStrangers;
    std::size_t held_bytes_ = 0;
    Phase phase_ = Phase::kIdle;
    Clock::time_point deadline_;
    bool expired_ = false;
    bool gave_up_ = false;  // its memory, which this request needs

    std::unique_ptr<ReadBuffer> buffer_;
};

}  // namespace quittance::http
