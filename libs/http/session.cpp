#include "http/session.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <cstring>
#include <ctime>
#include <optional>

#include "http/problem.hpp"
#include "runtime/identifier.hpp"
#include "runtime/log.hpp"

namespace quittance::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::size_t kReadAhead = 64 * 1024;               // what may be buffered beyond a header: pipelined requests
constexpr std::size_t kBodyBytesOfAll = 256 * 1024 * 1024;  // bodies being read at one time, over all connections
constexpr std::size_t kLingerBytes = 16 * 1024 * 1024;      // what is thrown away so that a client can read its 413
constexpr std::chrono::milliseconds kLingerTime{2'000};
constexpr std::chrono::milliseconds kHandlerGrace{5'000};  // a handler that ignores its deadline loses the connection

bool unsafe_in_header(char c) {
    return c == '\r' || c == '\n' || c == '\0';
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
    head += name;
    head += ": ";
    // A value never ends its line early, wherever it came from.
    for (const char c : value) head.push_back(unsafe_in_header(c) ? ' ' : c);
    head += "\r\n";
}

void append_number(std::string& head, std::size_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    head.append(digits.data(), end);
}

}  // namespace

struct Session::Buffer {
    beast::flat_buffer bytes;
    explicit Buffer(std::size_t limit) : bytes(limit) {}
};

struct Session::Exchange {
    std::optional<beast::http::request_parser<beast::http::string_body>> parser;
    error_code error;
    Request request;
    Response response;
    const Route* route = nullptr;
    std::string allow;
    bool has_answer = false;   // `response` is set: no handler is asked any more
    bool body_unread = false;  // bytes of this request are still on the wire: the connection cannot be kept
    bool keep_alive = false;
    bool http_1_0 = false;
    Clock::time_point start;
};

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
    shared_->counters.connections.Increment();
    error_code ignored;
    const auto peer = socket_.remote_endpoint(ignored);
    peer_ = peer.address().to_string() + ":" + std::to_string(peer.port());
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

Session::~Session() {
    shared_->sessions.erase(place_);
    shared_->counters.connections.Decrement();
}

void Session::enter(Phase phase, std::chrono::milliseconds limit) {
    phase_ = phase;
    expired_ = false;
    deadline_ = Clock::now() + limit;
}

void Session::expire_if_late(Clock::time_point now) {
    if (now < deadline_) return;
    expired_ = true;
    deadline_ = Clock::time_point::max();
    error_code ignored;
    // A read that is cancelled can still be answered with 408; in any other phase nobody is owed an answer.
    if (phase_ == Phase::kHeader || phase_ == Phase::kBody)
        socket_.cancel(ignored);
    else
        socket_.close(ignored);
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

// True once a byte of the next request is there. An idle connection holds no buffer.
asio::awaitable<bool> Session::wait_for_request() {
    if (buffer_ && buffer_->bytes.size() > 0) co_return true;
    buffer_.reset();
    const auto idle = shared_->draining ? std::chrono::milliseconds(500) : shared_->options.limits.idle_time;
    enter(Phase::kIdle, idle);
    error_code error;
    co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
}

asio::awaitable<void> Session::read_header(Exchange& exchange) {
    const auto& limits = shared_->options.limits;
    enter(Phase::kHeader, limits.header_time);
    if (!buffer_) buffer_ = std::make_unique<Buffer>(limits.header_bytes + kReadAhead);
    auto& parser = exchange.parser.emplace();
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser.body_limit(boost::none);  // the route's limit is checked once the route is known
    error_code error;
    co_await beast::http::async_read_header(socket_, buffer_->bytes, parser,
                                            asio::redirect_error(asio::use_awaitable, error));
    exchange.start = Clock::now();
    exchange.request.request_id = runtime::request_id_or_new(parser.get()["X-Request-Id"]);
    if (!error) {
        check_framing(exchange);
        co_return;
    }
    exchange.body_unread = true;
    if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow)
        fail(exchange, 431, "The request line and header fields are too large.");
    else if (error == asio::error::operation_aborted && expired_)
        fail(exchange, 408, "The request did not arrive in time.");
    else if (error.category() == beast::http::make_error_code(beast::http::error::bad_method).category() &&
             error != beast::http::error::end_of_stream && error != beast::http::error::partial_message)
        fail(exchange, 400, "The request is not valid HTTP.");
    else
        exchange.error = error;
}

// What the parser lets through and we do not: it decides where a request ends, so it must be beyond doubt (RFC 9112).
void Session::check_framing(Exchange& exchange) {
    const auto& message = exchange.parser->get();
    exchange.http_1_0 = message.version() == 10;
    exchange.keep_alive = exchange.parser->keep_alive() && !shared_->draining;
    const auto target = message.target();
    exchange.request.method = std::string(message.method_string());
    exchange.request.target = std::string(target);
    const auto question = target.find('?');
    exchange.request.path = std::string(target.substr(0, question));
    if (question != beast::string_view::npos) exchange.request.query = std::string(target.substr(question + 1));
    exchange.request.peer_address = peer_;
    for (const auto& field : message)
        exchange.request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    exchange.body_unread = !exchange.parser->is_done();

    const auto hosts = message.count(beast::http::field::host);
    const bool has_length = message.count(beast::http::field::content_length) > 0;
    const bool has_coding = message.count(beast::http::field::transfer_encoding) > 0;
    if (message.version() != 10 && message.version() != 11)
        fail(exchange, 505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    else if (hosts > 1 || (hosts == 0 && !exchange.http_1_0))
        fail(exchange, 400, "A request needs exactly one Host field.");
    else if (message.count(beast::http::field::content_length) > 1 || (has_length && has_coding))
        fail(exchange, 400, "The length of the body is given more than once.");
    else if (has_coding && !exchange.parser->chunked())
        fail(exchange, 400, "The only transfer coding understood is chunked.");
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

asio::awaitable<void> Session::read_body(Exchange& exchange) {
    const auto& limits = shared_->options.limits;
    if (shared_->requests_in_flight >= limits.requests_in_flight) {
        fail(exchange, 503, "Too many requests at once.");
        co_return;
    }
    auto& parser = *exchange.parser;
    if (parser.is_done()) co_return;
    const auto limit = exchange.route->body_limit_bytes > 0 ? exchange.route->body_limit_bytes : limits.body_bytes;
    const auto length = parser.content_length();
    if (length && *length > limit) {
        fail(exchange, 413, "The body is larger than this route takes.");
        co_return;
    }
    const std::size_t reserved = length ? static_cast<std::size_t>(*length) : limit;
    if (shared_->body_bytes_reserved + reserved > kBodyBytesOfAll) {
        fail(exchange, 503, "Too many large requests at once.");
        co_return;
    }
    const auto expectation = parser.get().count(beast::http::field::expect) > 0;
    if (expectation && !beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
        fail(exchange, 417, "The only expectation understood is 100-continue.");
        co_return;
    }
    enter(Phase::kBody, limits.body_time);
    shared_->body_bytes_reserved += reserved;
    error_code error;
    if (expectation) {
        static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        const auto bytes = asio::buffer(kContinue.data(), kContinue.size());
        co_await asio::async_write(socket_, bytes, asio::redirect_error(asio::use_awaitable, error));
    }
    parser.body_limit(limit);
    if (!error)
        co_await beast::http::async_read(socket_, buffer_->bytes, parser,
                                         asio::redirect_error(asio::use_awaitable, error));
    shared_->body_bytes_reserved -= reserved;
    exchange.body_unread = static_cast<bool>(error);
    if (!error)
        exchange.request.body = std::move(parser.get().body());
    else if (error == beast::http::error::body_limit)
        fail(exchange, 413, "The body is larger than this route takes.");
    else if (error == asio::error::operation_aborted && expired_)
        fail(exchange, 408, "The body did not arrive in time.");
    else if (error == beast::http::error::bad_chunk || error == beast::http::error::bad_chunk_extension)
        fail(exchange, 400, "The chunked body is malformed.");
    else
        exchange.error = error;
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
    enter(Phase::kHandling, limits.handler_time + kHandlerGrace);
    exchange.request.deadline = Clock::now() + limits.handler_time;
    ++shared_->requests_in_flight;
    shared_->counters.in_flight.Increment();
    std::string failure;
    try {
        exchange.response = co_await exchange.route->handler(exchange.request);
        exchange.has_answer = true;
    } catch (const std::exception& error) {
        failure = error.what();
    }
    --shared_->requests_in_flight;
    shared_->counters.in_flight.Decrement();
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
        // Zero linger: the peer sees a reset, as from a process that died.
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

// Lets the client read our last answer: a close with bytes unread would reset the connection under it.
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
