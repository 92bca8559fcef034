#include "http/client/connection_pool.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace quittance::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

// The room for one read. Beast's default of 512 bytes would need nine reads for an invoice of Stripe's.
constexpr std::size_t kReadBytes = 16 * 1024;

Connection::Connection(asio::io_context& loop, asio::ssl::context* tls_context) {
    buffer.reserve(kReadBytes);
    if (tls_context != nullptr)
        tls.emplace(loop, *tls_context);
    else
        plain.emplace(loop);
}

beast::tcp_stream& Connection::lowest() {
    return tls ? tls->next_layer() : *plain;
}

namespace {

// An idle connection cannot be used if the peer has sent anything on it, or has closed it.
bool still_open(Connection& connection) {
    char byte = 0;
    const auto handle = connection.lowest().socket().native_handle();
    const auto got = ::recv(handle, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace

ConnectionPool::ConnectionPool(asio::io_context& loop, ClientOptions options)
    : loop_(loop), options_(std::move(options)), origin_(parse_origin(options_.base_url)) {
    if (!origin_.tls) return;
    tls_context_.emplace(asio::ssl::context::tls_client);
    if (options_.ca_file.empty())
        tls_context_->set_default_verify_paths();
    else
        tls_context_->load_verify_file(options_.ca_file);
    tls_context_->set_verify_mode(asio::ssl::verify_peer);
    SSL_CTX_set_min_proto_version(tls_context_->native_handle(), TLS1_2_VERSION);
}

std::unique_ptr<Connection> ConnectionPool::take_idle() {
    while (!idle_.empty()) {
        auto connection = std::move(idle_.front());
        idle_.pop_front();
        if (Clock::now() - connection->idle_since < options_.idle_time && still_open(*connection)) {
            connection->reused = true;
            return connection;
        }
    }
    return nullptr;
}

asio::awaitable<std::unique_ptr<Connection>> ConnectionPool::take(Clock::time_point deadline, bool fresh,
                                                                  ClientFailure& failure) {
    if (!co_await wait_for_place(deadline)) {
        failure.reason = "no connection became free in time";
        failure.timed_out = true;
        failure.no_place = true;
        co_return nullptr;
    }
    auto connection = fresh ? nullptr : take_idle();
    if (!connection) connection = co_await connect(deadline, failure);
    if (!connection) release_place();
    co_return connection;
}

asio::awaitable<bool> ConnectionPool::wait_for_place(Clock::time_point deadline) {
    if (taken_ < options_.connections) {
        ++taken_;
        co_return true;
    }
    Waiter waiter{asio::steady_timer(loop_, deadline)};
    waiting_.push_back(&waiter);
    error_code woken;
    co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (!waiter.granted) waiting_.remove(&waiter);
    co_return waiter.granted;
}

// The place goes straight to the waiter. If it were free, another caller could take it before the waiter wakes.
void ConnectionPool::release_place() {
    if (waiting_.empty()) {
        --taken_;
        return;
    }
    auto* next = waiting_.front();
    waiting_.pop_front();
    next->granted = true;
    next->timer.cancel();
}

// The addresses of the origin. A look-up cannot be cancelled. One that takes too long is abandoned.
asio::awaitable<ConnectionPool::Addresses> ConnectionPool::resolve(Clock::time_point limit, error_code& error) {
    struct Lookup {
        asio::ip::tcp::resolver resolver;
        asio::steady_timer limit;
        bool done = false;
        error_code error;
        Addresses found;
    };
    const auto lookup =
        std::make_shared<Lookup>(Lookup{asio::ip::tcp::resolver(loop_), asio::steady_timer(loop_, limit), {}, {}, {}});
    lookup->resolver.async_resolve(origin_.host, origin_.port, [lookup](error_code failure, Addresses found) {
        lookup->done = true;
        lookup->error = failure;
        lookup->found = std::move(found);
        lookup->limit.cancel();
    });
    error_code ignored;
    co_await lookup->limit.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    error = lookup->done ? lookup->error : error_code(beast::error::timeout);
    co_return lookup->found;
}

asio::awaitable<std::unique_ptr<Connection>> ConnectionPool::connect(Clock::time_point deadline,
                                                                     ClientFailure& failure) {
    const auto limit = std::min(deadline, Clock::now() + options_.connect_time);
    error_code error;
    const auto found = co_await resolve(limit, error);
    auto connection = std::make_unique<Connection>(loop_, tls_context_ ? &*tls_context_ : nullptr);
    const char* step = "resolve";
    if (!error) {
        step = "connect";
        connection->lowest().expires_at(limit);
        co_await connection->lowest().async_connect(found, asio::redirect_error(asio::use_awaitable, error));
    }
    if (!error) connection->lowest().socket().set_option(asio::ip::tcp::no_delay(true), error);
    if (!error && connection->tls) {
        step = "TLS handshake";
        // The expected name: sent to the server (SNI, not for addresses: RFC 6066, 3) and checked in its certificate.
        error_code no_address;
        asio::ip::make_address(origin_.host, no_address);
        if (no_address) SSL_set_tlsext_host_name(connection->tls->native_handle(), origin_.host.c_str());
        if (session_) SSL_set_session(connection->tls->native_handle(), session_.get());
        connection->tls->set_verify_callback(asio::ssl::host_name_verification(origin_.host));
        co_await connection->tls->async_handshake(asio::ssl::stream_base::client,
                                                  asio::redirect_error(asio::use_awaitable, error));
    }
    if (error) {
        failure.reason = std::string(step) + ": " + error.message();
        failure.timed_out = error == beast::error::timeout;
        co_return nullptr;
    }
    connection->lowest().expires_never();  // the deadline of an exchange is not the stream's (deadlines.hpp)
    co_return connection;
}

// After an exchange, because TLS 1.3 sends session tickets after the handshake.
void ConnectionPool::keep_session(Connection& connection) {
    if (!connection.tls || connection.reused) return;
    // A copy: OpenSSL drops a session whose connection was not closed with close_notify.
    const auto* present = SSL_get0_session(connection.tls->native_handle());
    if (!present || SSL_SESSION_is_resumable(present) != 1) return;
    session_.reset(SSL_SESSION_dup(present));
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection, bool keep) {
    if (keep) {
        keep_session(*connection);
        connection->idle_since = Clock::now();
        idle_.push_front(std::move(connection));
        if (idle_.size() > options_.connections) idle_.pop_back();
    }
    release_place();
}

}  // namespace quittance::http
