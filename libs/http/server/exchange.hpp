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

namespace quittance::http {

struct ReadBuffer {
    boost::beast::flat_buffer bytes;
    explicit ReadBuffer(std::size_t limit) : bytes(limit) {}
};

struct Exchange {
    std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser;
    boost::system::error_code error;
    Request request;
    Response response;
    const Route* route = nullptr;
    std::string allow;
    bool has_answer = false;   // `response` is set: no handler is called
    bool body_unread = false;  // bytes of this request are still on the wire: the connection cannot be kept
    bool keep_alive = false;
    bool http_1_0 = false;
    std::chrono::steady_clock::time_point start;
};

}  // namespace quittance::http
