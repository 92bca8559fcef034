#include "http/client/client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "http/client/connection_pool.hpp"
#include "http/client/deadlines.hpp"

namespace quittance::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::uint32_t kHeaderBytes = 64 * 1024;
constexpr int kMostInterimAnswers = 16;

using Parser = beast::http::response_parser<beast::http::string_body>;

struct Outcome {
    error_code error;
    bool wrote_any = false;
    bool read_any = false;
};

bool is_token(std::string_view text) {
    constexpr std::string_view kLetters =
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    return !text.empty() && text.find_first_not_of(kLetters) == std::string_view::npos;
}

// True if no part of the request ends its line early or contradicts a field that the client sets. Otherwise one request
// could become two on the wire.
bool well_formed(const ClientRequest& request) {
    if (!is_token(request.method) || !request.target.starts_with('/')) return false;
    for (const char c : request.target)
        if (c <= ' ' || c == 0x7f) return false;
    for (const auto& header : request.headers) {
        if (!is_token(header.name)) return false;
        for (const char c : header.value)
            if ((c >= 0 && c < ' ' && c != '\t') || c == 0x7f) return false;
    }
    for (const char* ours : {"Host", "Content-Length", "Transfer-Encoding", "Connection"})
        if (find_header(request.headers, ours) != nullptr) return false;
    return true;
}

// The request as bytes, in one piece: with TLS each piece would be a record and a packet of its own.
std::string wire_form(const ClientRequest& request, const Origin& origin) {
    constexpr std::string_view kLineEnd = "\r\n";
    constexpr std::size_t kHead = 512;
    std::string wire;
    wire.reserve(kHead + request.body.size());
    wire.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\nHost: ");
    wire.append(origin.host_header).append(kLineEnd);
    for (const auto& header : request.headers)
        wire.append(header.name).append(": ").append(header.value).append(kLineEnd);
    if (!request.body.empty() || request.method == "POST")
        wire.append("Content-Length: ").append(std::to_string(request.body.size())).append(kLineEnd);
    return wire.append(kLineEnd).append(request.body);
}

template <class Stream>
asio::awaitable<void> exchange(Stream& stream, beast::flat_buffer& buffer, const std::string& message, bool bodiless,
                               std::optional<Parser>& parser, std::uint64_t response_bytes, Outcome& outcome) {
    const auto written = co_await asio::async_write(stream, asio::buffer(message),
                                                    asio::redirect_error(asio::use_awaitable, outcome.error));
    outcome.wrote_any = written > 0;
    if (outcome.error) co_return;
    // Interim answers (100, 103 …) come before the final one (RFC 9110, 15.2).
    for (int interim = 0; interim <= kMostInterimAnswers; ++interim) {
        parser.emplace();
        parser->header_limit(kHeaderBytes);
        parser->body_limit(response_bytes);
        parser->skip(bodiless);
        const auto read = co_await beast::http::async_read(stream, buffer, *parser,
                                                           asio::redirect_error(asio::use_awaitable, outcome.error));
        outcome.read_any = outcome.read_any || read > 0;
        if (outcome.error || parser->get().result_int() >= 200) co_return;
    }
    outcome.error = beast::http::error::bad_status;
}

ClientResponse make_response(Parser& parser) {
    auto message = parser.release();
    ClientResponse response;
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message)
        response.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    response.body = std::move(message.body());
    return response;
}

}  // namespace

struct Client::State {
    State(asio::io_context& loop, ClientOptions options) : pool(loop, std::move(options)), deadlines(loop) {}

    ConnectionPool pool;
    Deadlines deadlines;
};

Client::Client(asio::io_context& loop, ClientOptions options)
    : state_(std::make_shared<State>(loop, std::move(options))) {}

Client::~Client() = default;

asio::awaitable<std::variant<ClientResponse, ClientFailure>> Client::send(
    ClientRequest request, std::chrono::steady_clock::time_point deadline) {
    const auto state = state_;
    ClientFailure failure;
    if (!well_formed(request)) {
        failure.reason = "the request cannot be written as HTTP";
        co_return failure;
    }
    const bool repeatable = request.method == "GET" || request.method == "HEAD";
    const bool bodiless = request.method == "HEAD";  // its answer
    const auto message = wire_form(request, state->pool.origin());
    for (bool fresh = false;; fresh = true) {
        auto connection = co_await state->pool.take(deadline, fresh, failure);
        if (!connection) co_return failure;
        std::optional<Parser> parser;
        const auto response_bytes = state->pool.options().response_bytes;
        std::optional<Deadlines::Watch> watch(std::in_place, state->deadlines, connection->lowest(), deadline);
        Outcome outcome;
        if (connection->tls)
            co_await exchange(*connection->tls, connection->buffer, message, bodiless, parser, response_bytes, outcome);
        else
            co_await exchange(*connection->plain, connection->buffer, message, bodiless, parser, response_bytes,
                              outcome);
        const bool late = watch->late();
        watch.reset();
        if (!outcome.error) {
            const bool keep = !late && parser->keep_alive() && connection->buffer.size() == 0;
            state->pool.give_back(std::move(connection), keep);
            co_return make_response(*parser);
        }
        const bool stale = connection->reused && !outcome.read_any && !late;
        state->pool.give_back(std::move(connection), false);
        if (stale && repeatable) continue;
        failure.reason = late ? "no answer in time" : outcome.error.message();
        failure.timed_out = late;
        failure.sent = failure.sent || outcome.wrote_any;
        failure.too_large = outcome.error == beast::http::error::body_limit;
        co_return failure;
    }
}

}  // namespace quittance::http
