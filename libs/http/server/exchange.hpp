// One request of a session: the bytes read so far, Beast's parser, the request and its answer. For libs/http only.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "http/message.hpp"
#include "http/server/router.hpp"
#include "tracing/span.hpp"

namespace quittance::http {

struct ReadBuffer {
    boost::beast::flat_buffer bytes;
    explicit ReadBuffer(std::size_t limit) : bytes(limit) {}
};

class Session;
struct Exchange;

// The body of an exchange whose handler reads it.
class ExchangeBody final : public UnreadBody {
  public:
    ExchangeBody(Session& session, Exchange& exchange) : session_(session), exchange_(exchange) {}
    boost::asio::awaitable<std::optional<Response>> read(Sender sender) override;

  private:
    Session& session_;
    Exchange& exchange_;
};

struct Exchange {
    std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser;
    boost::system::error_code error;
    Request request;
    Response response;
    const Route* route = nullptr;
    std::string allow;
    std::optional<ExchangeBody> unread_body;
    bool has_answer = false;   // `response` is set: no handler is called
    bool body_unread = false;  // bytes of this request are not read: the connection cannot be kept with them
    bool keep_alive = false;
    bool http_1_0 = false;
    std::chrono::steady_clock::time_point start;
    tracing::Span span;
    std::size_t body_bytes = 0;  // of the request
};

}  // namespace quittance::http
