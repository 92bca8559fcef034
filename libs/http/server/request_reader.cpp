// Reads a request of a session: the header, the fields that decide where the request ends, the body.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <string>

#include "http/server/exchange.hpp"
#include "http/server/session.hpp"
#include "runtime/identifier.hpp"

namespace quittance::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

namespace {

// Every connection that sends has a buffer of about this size, also a slow one.
constexpr std::size_t kHeaderReadBytes = 4 * 1024;
constexpr std::size_t kBodyReadBytes = 16 * 1024;
constexpr std::size_t kReadAhead = 64 * 1024;  // buffered after a header: pipelined requests
constexpr std::string_view kTooMuchAtOnce = "Too many large requests at once.";

// True if the parser refused the bytes. Any other error is the connection's.
bool is_malformed(const error_code& error) {
    return error.category() == beast::http::make_error_code(beast::http::error::bad_method).category();
}

// "/a?b" of "http://host/a?b". Proxies send this form, and every server must accept it (RFC 9112, 3.2.2).
beast::string_view without_authority(beast::string_view target) {
    for (const beast::string_view scheme : {"http://", "https://"}) {
        if (!beast::iequals(target.substr(0, scheme.size()), scheme)) continue;
        const auto end = target.find_first_of("/?", scheme.size());
        return end == beast::string_view::npos ? beast::string_view("/") : target.substr(end);
    }
    return target;
}

// Takes a request out of the number in flight, for as long as it lives.
class NotInFlight {
  public:
    explicit NotInFlight(std::size_t& in_flight) : in_flight_(in_flight) { --in_flight_; }
    ~NotInFlight() { ++in_flight_; }
    NotInFlight(const NotInFlight&) = delete;
    NotInFlight& operator=(const NotInFlight&) = delete;

  private:
    std::size_t& in_flight_;
};

bool has_more_fields(const beast::http::fields& fields, std::size_t limit) {
    std::size_t count = 0;
    for (auto field = fields.begin(); field != fields.end(); ++field)
        if (++count > limit) return true;
    return false;
}

}  // namespace

// True once a byte of the next request is there. An idle connection holds no buffer.
asio::awaitable<bool> Session::wait_for_request() {
    error_code error;
    if (!buffer_ || buffer_->bytes.size() == 0) {
        buffer_.reset();
        // Of a new connection the constructor has set the limit.
        if (place_.state != ConnectionState::kFresh) {
            enter(Phase::kIdle, shared_->draining ? std::chrono::milliseconds(500) : shared_->options.limits.idle_time);
            shared_->connections.move(place_, ConnectionState::kIdle);
        }
        co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, error));
    }
    shared_->connections.move(place_, ConnectionState::kBusy);
    co_return !error;
}

// Reads what has arrived, up to `at_most` bytes.
asio::awaitable<void> Session::read_more(std::size_t at_most, error_code& error) {
    const auto room = buffer_->bytes.max_size() - buffer_->bytes.size();
    if (room == 0) {
        error = beast::http::error::buffer_overflow;
        co_return;
    }
    const auto space = buffer_->bytes.prepare(std::min(room, at_most));
    const auto got = co_await socket_.async_read_some(space, asio::redirect_error(asio::use_awaitable, error));
    buffer_->bytes.commit(got);
    if (gave_up_) error = asio::error::no_buffer_space;
}

// Gives the bytes to the parser. Returns how many the parser took.
std::size_t Session::feed(Exchange& exchange, error_code& error) {
    if (buffer_->bytes.size() == 0) return 0;
    const auto used = exchange.parser->put(buffer_->bytes.data(), error);
    buffer_->bytes.consume(used);
    if (error == beast::http::error::need_more) error = {};
    return used;
}

asio::awaitable<void> Session::read_header(Exchange& exchange) {
    const auto& limits = shared_->options.limits;
    enter(Phase::kHeader, limits.header_time);
    if (!buffer_) buffer_ = std::make_unique<ReadBuffer>(limits.header_bytes + kReadAhead);
    auto& parser = exchange.parser.emplace();
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser.body_limit(boost::none);  // the route's limit is checked once the route is known
    error_code error;
    std::size_t header_bytes = 0;
    while (!error) {
        header_bytes += feed(exchange, error);
        const bool done = parser.is_header_done();
        // The parser's own limit counts each piece anew. This one counts all of them.
        if (!error && (header_bytes + (done ? 0 : buffer_->bytes.size()) > limits.header_bytes ||
                       has_more_fields(parser.get(), limits.header_fields)))
            error = beast::http::error::header_limit;
        if (error || done) break;
        co_await read_more(kHeaderReadBytes, error);
        if (!hold_within_budget(MemoryUse::kSmallOfStrangers, buffer_->bytes.capacity()) && !error)
            error = asio::error::no_buffer_space;
    }
    exchange.start = Clock::now();
    exchange.request.request_id = runtime::request_id_or_new(parser.get()["X-Request-Id"]);
    shared_->access.begin_trace(exchange, parser.get()["traceparent"], parser.get()["tracestate"]);
    if (!error) {
        check_framing(exchange);
        co_return;
    }
    exchange.body_unread = true;
    if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow)
        fail(exchange, 431, "The request line and header fields are too large.");
    else if (error == asio::error::operation_aborted && expired_)
        fail(exchange, 408, "The request did not arrive in time.");
    else if (error == asio::error::no_buffer_space)
        fail(exchange, 503, kTooMuchAtOnce);
    else if (is_malformed(error))
        fail(exchange, 400, "The request is not valid HTTP.");
    else
        exchange.error = error;
}

// Refuses what the parser accepts although the end of the request is ambiguous (RFC 9112).
void Session::check_framing(Exchange& exchange) {
    const auto& message = exchange.parser->get();
    exchange.http_1_0 = message.version() == 10;
    exchange.keep_alive = exchange.parser->keep_alive() && !shared_->draining;
    const auto target = message.target();
    exchange.request.method = std::string(message.method_string());
    exchange.request.target = std::string(target);
    const auto origin_form = without_authority(target);
    const auto question = origin_form.find('?');
    exchange.request.path = std::string(origin_form.substr(0, question));
    if (question != beast::string_view::npos) exchange.request.query = std::string(origin_form.substr(question + 1));
    exchange.request.peer_address = peer_address_;
    for (const auto& field : message)
        exchange.request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    exchange.body_unread = !exchange.parser->is_done();

    const auto hosts = message.count(beast::http::field::host);
    const auto lengths = message.count(beast::http::field::content_length);
    const auto codings = message.count(beast::http::field::transfer_encoding);
    const auto length = message[beast::http::field::content_length];
    if (message.version() != 10 && message.version() != 11)
        fail(exchange, 505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    else if (hosts > 1 || (hosts == 0 && !exchange.http_1_0))
        fail(exchange, 400, "A request needs exactly one Host field.");
    else if (lengths > 1 || (lengths == 1 && codings > 0))
        fail(exchange, 400, "The length of the body is given more than once.");
    else if (length.find_first_not_of("0123456789") != beast::string_view::npos)
        fail(exchange, 400, "The length of the body is not one number.");  // "5, 5" as well
    else if (codings > 0 && exchange.http_1_0)
        fail(exchange, 400, "HTTP/1.0 has no transfer codings.");
    else if (codings > 1 ||
             (codings == 1 && !beast::iequals(message[beast::http::field::transfer_encoding], "chunked")))
        fail(exchange, 400, "The only transfer coding understood is chunked.");
}

// Reads the body, or leaves it to the handler.
asio::awaitable<void> Session::receive_body(Exchange& exchange) {
    if (shared_->requests_in_flight >= shared_->options.limits.requests_in_flight) {
        fail(exchange, 503, "Too many requests at once.");
        co_return;
    }
    if (exchange.parser->is_done()) co_return;
    if (exchange.route->body == BodyReading::kByHandler)
        exchange.request.unread_body = &exchange.unread_body.emplace(*this, exchange);
    else
        co_await read_body(exchange, Sender::kStranger);
}

asio::awaitable<std::optional<Response>> ExchangeBody::read(Sender sender) {
    return session_.read_for_handler(exchange_, sender);
}

// While the body arrives the request is not in flight: slow senders must not use up that limit.
asio::awaitable<std::optional<Response>> Session::read_for_handler(Exchange& exchange, Sender sender) {
    const auto& limits = shared_->options.limits;
    exchange.request.unread_body = nullptr;
    {
        const NotInFlight reading(shared_->requests_in_flight);
        co_await read_body(exchange, sender);
        if (!exchange.has_answer && shared_->requests_in_flight >= limits.requests_in_flight)
            fail(exchange, 503, "Too many requests at once.");
    }
    begin_handling(exchange);
    // The connection ended: the session throws the handler's answer away.
    if (exchange.error) co_return Response();
    if (!exchange.has_answer) co_return std::nullopt;
    exchange.has_answer = false;
    co_return std::move(exchange.response);
}

asio::awaitable<void> Session::read_body(Exchange& exchange, Sender sender) {
    const auto& limits = shared_->options.limits;
    auto& parser = *exchange.parser;
    const auto limit = exchange.route->body_limit_bytes > 0 ? exchange.route->body_limit_bytes : limits.body_bytes;
    const auto length = parser.content_length();
    if (length && *length > limit) {
        fail(exchange, 413, "The body is larger than this route takes.");
        co_return;
    }
    // HTTP/1.0 has no interim answers: there the field is ignored (RFC 9110, 10.1.1).
    const auto expectation = parser.get().count(beast::http::field::expect) > 0 && !exchange.http_1_0;
    if (expectation && !beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
        fail(exchange, 417, "The only expectation understood is 100-continue.");
        co_return;
    }
    enter(Phase::kBody, limits.body_time);
    error_code error;
    if (expectation) {
        static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        const auto bytes = asio::buffer(kContinue.data(), kContinue.size());
        co_await asio::async_write(socket_, bytes, asio::redirect_error(asio::use_awaitable, error));
    }
    parser.body_limit(limit);
    parser.eager(true);
    while (!error) {
        feed(exchange, error);
        if (!error && !hold_body(exchange, sender)) error = asio::error::no_buffer_space;
        if (error || parser.is_done()) break;
        co_await read_more(kBodyReadBytes, error);
    }
    exchange.body_unread = static_cast<bool>(error);
    if (!error)
        exchange.request.body = std::move(parser.get().body());
    else
        fail_body(exchange, error);
}

// Only bytes that have arrived count. Announced lengths cost a client nothing, and must not keep others out. The parser
// reserves what is announced, but the system gives the pages when they are written to.
bool Session::hold_body(const Exchange& exchange, Sender sender) {
    const auto& body = exchange.parser->get().body();
    const auto arrived = exchange.parser->content_length() ? body.size() : body.capacity();
    auto use = arrived > kSmallBody ? MemoryUse::kLargeOfStrangers : MemoryUse::kSmallOfStrangers;
    if (sender == Sender::kCaller) use = MemoryUse::kOfCallers;
    return hold_within_budget(use, arrived + buffer_->bytes.capacity());
}

void Session::fail_body(Exchange& exchange, const error_code& error) {
    // What has arrived is not needed any more, while the client reads its answer.
    std::string().swap(exchange.parser->get().body());
    if (error == beast::http::error::body_limit)
        fail(exchange, 413, "The body is larger than this route takes.");
    else if (error == asio::error::operation_aborted && expired_)
        fail(exchange, 408, "The body did not arrive in time.");
    else if (error == asio::error::no_buffer_space)
        fail(exchange, 503, kTooMuchAtOnce);
    else if (is_malformed(error))
        fail(exchange, 400, "The chunked body is malformed.");
    else
        exchange.error = error;
}

// Drops a body that nobody wanted, if all of it is here. Otherwise the connection cannot be kept: the next request
// would begin somewhere in this one (RFC 9112, 9.3).
bool Session::drop_rest_of_body(Exchange& exchange) {
    const auto& parser = *exchange.parser;
    if (!parser.is_header_done() || !parser.content_length()) return false;
    const auto rest = parser.content_length_remaining();
    if (!rest || *rest > buffer_->bytes.size()) return false;
    buffer_->bytes.consume(static_cast<std::size_t>(*rest));
    exchange.body_unread = false;
    return true;
}

void Session::hold_answer(const Response& response) {
    // What does not fit is there already: only others can make room.
    hold_within_budget(MemoryUse::kOfCallers, response.body.size() + (buffer_ ? buffer_->bytes.capacity() : 0));
}

}  // namespace quittance::http
