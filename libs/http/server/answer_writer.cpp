// Writes the answer of a session, piece by piece, and lets the client read it before the connection is closed.
#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <ctime>

#include "base/text.hpp"
#include "http/server/exchange.hpp"
#include "http/server/session.hpp"

namespace quittance::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kPieceBytes = 64 * 1024;          // of an answer, which the socket takes within write_time
constexpr std::size_t kLingerBytes = 16 * 1024 * 1024;  // read and dropped so that a client can read its 413
constexpr std::chrono::milliseconds kLingerTime{2'000};

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

// No cache keeps an answer, unless the handler says otherwise (RFC 9111, 5.2.2). One with an entity tag may be kept by
// the client alone, who asks each time whether it is still right. No browser guesses a type (the Fetch standard, 3.6).
void append_caching(std::string& head, const Headers& headers) {
    head += "X-Content-Type-Options: nosniff\r\n";
    bool has_tag = false;
    for (const auto& header : headers) {
        if (base::equal_ignoring_case(header.name, "Cache-Control")) return;
        has_tag = has_tag || base::equal_ignoring_case(header.name, "ETag");
    }
    head += has_tag ? "Cache-Control: private, no-cache\r\n" : "Cache-Control: no-store\r\n";
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

std::string Session::head_of(const Exchange& exchange) {
    const auto& response = exchange.response;
    std::string head;
    head.reserve(512);
    head += "HTTP/1.1 ";
    append_number(head, static_cast<std::size_t>(response.status));
    head += ' ';
    head += reason_phrase(response.status);
    head += "\r\n";
    append_header(head, "Date", shared_->date());
    if (has_content(response.status)) {
        append_header(head, "Content-Type", response.content_type);
        head += "Content-Length: ";
        append_number(head, response.content().size());
        head += "\r\n";
    }
    append_header(head, "X-Request-Id", exchange.request.request_id);
    append_caching(head, response.headers);
    for (const auto& header : response.headers) append_header(head, header.name, header.value);
    if (!exchange.keep_alive)
        append_header(head, "Connection", "close");
    else if (exchange.http_1_0)
        append_header(head, "Connection", "keep-alive");
    head += "\r\n";
    return head;
}

asio::awaitable<bool> Session::write(Exchange& exchange) {
    auto& response = exchange.response;
    const auto seconds = std::chrono::duration<double>(Clock::now() - exchange.start).count();
    shared_->counters.record(exchange.route, response.status, seconds);
    shared_->access.note(exchange, seconds);
    if (response.drop_connection) {
        // Zero linger: the peer gets a reset, as from a process that died.
        error_code ignored;
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
        co_return false;
    }
    const auto head = head_of(exchange);
    std::string_view rest;
    if (has_content(response.status) && exchange.request.method != "HEAD") rest = response.content();
    gave_up_ = false;  // that was the request
    hold_answer(response);
    error_code error;
    auto piece = rest.substr(0, kPieceBytes);
    std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(piece)};
    for (;;) {
        enter(Phase::kWriting, shared_->options.limits.write_time);
        co_await asio::async_write(socket_, buffers, asio::redirect_error(asio::use_awaitable, error));
        rest.remove_prefix(piece.size());
        if (error || gave_up_ || rest.empty()) break;
        piece = rest.substr(0, kPieceBytes);
        buffers = {asio::buffer(piece), asio::const_buffer()};
    }
    hold(use_, 0);
    co_return !error && !gave_up_;
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
