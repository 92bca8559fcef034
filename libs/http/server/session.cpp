#include "http/server/session.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <ctime>

#include "http/server/exchange.hpp"
#include "http/server/problem.hpp"
#include "runtime/log.hpp"

namespace quittance::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kLingerBytes = 16 * 1024 * 1024;  // read and dropped so that a client can read its 413
constexpr std::chrono::milliseconds kLingerTime{2'000};
constexpr std::chrono::milliseconds kHandlerGrace{5'000};  // a handler that ignores its deadline loses the connection

bool unsafe_in_header(char c) {
    return c == '\r' || c == '\n' || c == '\0';
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
    head += name;
    head += ": ";
    // A value must not end its line early, whatever its origin.
    for (const char c : value) head.push_back(unsafe_in_header(c) ? ' ' : c);
    head += "\r\n";
}

void append_number(std::string& head, std::size_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    head.append(digits.data(), end);
}

}  // namespace

const std::string& ServerShared::date() {
    const auto now = std::time(nullptr);
    if (now != date_second_) {
        std::array<char, 64> text{};
        std::tm utc{};
        gmtime_r(&now, &utc);
        date_.assign(text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc));
        date_second_ = now;
    }
    return date_;
}

Session::Session(std::shared_ptr<ServerShared> shared, asio::ip::tcp::socket socket)
    : shared_(std::move(shared)), socket_(std::move(socket)) {
    shared_->sessions.push_front(this);
    place_ = shared_->sessions.begin();
    shared_->counters.connection_opened();
    error_code ignored;
    const auto peer = socket_.remote_endpoint(ignored);
    peer_ = peer.address().to_string() + ":" + std::to_string(peer.port());
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

Session::~Session() {
    shared_->sessions.erase(place_);
    shared_->counters.connection_closed();
}

void Session::enter(Phase phase, std::chrono::milliseconds limit) {
    phase_ = phase;
    expired_ = false;
    deadline_ = Clock::now() + limit;
}

void Session::expire_if_late(Clock::time_point now) {
    if (now < deadline_) return;
    error_code ignored;
    // After a cancelled read the session can still answer 408. In any other phase no answer is due. If no read was in
    // flight, because it had just ended, the next sweep closes the connection.
    if (!expired_ && (phase_ == Phase::kHeader || phase_ == Phase::kBody))
        socket_.cancel(ignored);
    else
        socket_.close(ignored);
    expired_ = true;
}

void Session::start_draining(Clock::time_point moment) {
    if (phase_ == Phase::kIdle && deadline_ > moment) deadline_ = moment;
}

void Session::force_close() {
    error_code ignored;
    socket_.close(ignored);
}

asio::awaitable<void> Session::run() {
    while (socket_.is_open()) {
        if (!co_await wait_for_request()) break;
        Exchange exchange;
        co_await read_header(exchange);
        if (exchange.error) break;
        if (!exchange.has_answer) find_route(exchange);
        if (!exchange.has_answer) co_await read_body(exchange);
        if (exchange.error) break;
        co_await answer(exchange);
        const bool written = co_await write(exchange);
        if (!written) break;
        if (!exchange.keep_alive) {
            co_await linger();
            break;
        }
    }
    force_close();
}

void Session::find_route(Exchange& exchange) {
    auto match = shared_->router.match(exchange.request.method, exchange.request.path);
    exchange.allow = std::move(match.allow);
    exchange.route = match.route;
    if (match.route != nullptr) {
        exchange.request.path_parameters = std::move(match.path_parameters);
        return;
    }
    if (exchange.allow.empty()) {
        fail(exchange, 404, "There is nothing at this path.");
    } else if (exchange.request.method == "OPTIONS") {
        exchange.response.status = 204;
        exchange.response.headers.push_back({"Allow", exchange.allow});
        exchange.has_answer = true;
        exchange.keep_alive = exchange.keep_alive && !exchange.body_unread;
    } else {
        fail(exchange, 405, "The path does not have this method.");
    }
}

void Session::fail(Exchange& exchange, int status, std::string_view detail) {
    Failure failure{status, detail, exchange.request.method, exchange.request.target, exchange.request.request_id};
    exchange.response = shared_->failure(failure, exchange.allow);
    exchange.has_answer = true;
    if (exchange.body_unread || status == 400) exchange.keep_alive = false;
}

asio::awaitable<void> Session::answer(Exchange& exchange) {
    if (exchange.has_answer) co_return;
    const auto& limits = shared_->options.limits;
    // Checked again: other bodies may have used up the limit meanwhile.
    if (shared_->requests_in_flight >= limits.requests_in_flight) {
        fail(exchange, 503, "Too many requests at once.");
        co_return;
    }
    enter(Phase::kHandling, limits.handler_time + kHandlerGrace);
    exchange.request.deadline = Clock::now() + limits.handler_time;
    ++shared_->requests_in_flight;
    shared_->counters.request_began();
    std::string failure;
    try {
        exchange.response = co_await exchange.route->handler(exchange.request);
        exchange.has_answer = true;
    } catch (const std::exception& error) {
        failure = error.what();
    } catch (...) {
        failure = "not a std::exception";
    }
    --shared_->requests_in_flight;
    shared_->counters.request_ended();
    if (!exchange.has_answer) {
        runtime::log_error(
            "a handler threw",
            {{"request_id", exchange.request.request_id}, {"route", exchange.route->pattern}, {"what", failure}});
        fail(exchange, 500, "An unexpected error; the request id leads to it in the log.");
    }
    exchange.keep_alive = exchange.keep_alive && !shared_->draining;
}

asio::awaitable<bool> Session::write(Exchange& exchange) {
    auto& response = exchange.response;
    const auto seconds = std::chrono::duration<double>(Clock::now() - exchange.start).count();
    shared_->counters.record(exchange.route, response.status, seconds);
    if (response.drop_connection) {
        // Zero linger: the peer gets a reset, as from a process that died.
        error_code ignored;
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
        co_return false;
    }
    enter(Phase::kWriting, shared_->options.limits.write_time);
    std::string head;
    head.reserve(512);
    head += "HTTP/1.1 ";
    append_number(head, static_cast<std::size_t>(response.status));
    head += ' ';
    head += reason_phrase(response.status);
    head += "\r\n";
    append_header(head, "Date", shared_->date());
    const bool bodiless = response.status == 204 || response.status == 304;
    if (!bodiless) {
        append_header(head, "Content-Type", response.content_type);
        head += "Content-Length: ";
        append_number(head, response.body.size());
        head += "\r\n";
    }
    append_header(head, "X-Request-Id", exchange.request.request_id);
    for (const auto& header : response.headers) append_header(head, header.name, header.value);
    if (!exchange.keep_alive)
        append_header(head, "Connection", "close");
    else if (exchange.http_1_0)
        append_header(head, "Connection", "keep-alive");
    head += "\r\n";
    const bool send_body = !bodiless && exchange.request.method != "HEAD";
    const std::array<asio::const_buffer, 2> buffers{
        asio::buffer(head), asio::buffer(response.body.data(), send_body ? response.body.size() : 0)};
    error_code error;
    co_await asio::async_write(socket_, buffers, asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
}

// Lets the client read our last answer: a close with unread bytes would reset the connection first.
asio::awaitable<void> Session::linger() {
    enter(Phase::kLingering, kLingerTime);
    error_code error;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
    std::array<char, 4096> discarded{};
    std::size_t total = 0;
    while (!error && total < kLingerBytes) {
        const auto into = asio::buffer(discarded);
        total += co_await socket_.async_read_some(into, asio::redirect_error(asio::use_awaitable, error));
    }
}

}  // namespace quittance::http
