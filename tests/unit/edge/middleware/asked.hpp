// One request through a route's handler, on a loop of its own.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "http/server/router.hpp"

namespace quittance::test {

inline http::Response ask(const http::Router& router, const std::string& method, const std::string& path,
                          http::Headers headers) {
    auto match = router.match(method, path);
    REQUIRE(match.route != nullptr);
    http::Request request;
    request.method = method;
    request.request_id = "r1";
    request.headers = std::move(headers);
    request.path_parameters = std::move(match.path_parameters);
    http::Response response;
    boost::asio::io_context loop;
    boost::asio::co_spawn(loop, match.route->handler(request), [&](std::exception_ptr failure, http::Response answer) {
        REQUIRE_FALSE(failure);
        response = std::move(answer);
    });
    loop.run();
    return response;
}

inline std::string header(const http::Response& response, std::string_view name) {
    const auto* value = http::find_header(response.headers, name);
    return value == nullptr ? "" : *value;
}

}  // namespace quittance::test
