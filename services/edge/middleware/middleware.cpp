#include "edge/middleware/middleware.hpp"

#include <map>

#include "edge/middleware/gzip.hpp"

namespace quittance::edge {
namespace {

namespace asio = boost::asio;

asio::awaitable<http::Response> respond(const http::Handler& handler, const MiddlewareOptions& options,
                                        const http::Request& request) {
    auto response = co_await handler(request);
    add_cors(options.cors_origins, request, response);
    compress(options.gzip_from_bytes, request, response);
    co_return response;
}

asio::awaitable<http::Response> respond_to_options(const CorsOrigins& origins, const std::string& methods,
                                                   const http::Request& request) {
    co_return preflight(origins, methods, request);
}

}  // namespace

std::vector<http::Route> with_middleware(std::vector<http::Route> routes, const MiddlewareOptions& options) {
    std::map<std::string, std::string> methods;
    for (auto& route : routes) {
        auto& list = methods[route.pattern];
        list += (list.empty() ? "" : ", ") + route.method + (route.method == "GET" ? ", HEAD" : "");
        route.handler = [handler = std::move(route.handler), options](const http::Request& request) {
            return respond(handler, options, request);
        };
    }
    for (const auto& [pattern, list] : methods) {
        routes.push_back({"OPTIONS", pattern,
                          [origins = options.cors_origins, allow = list + ", OPTIONS"](const http::Request& request) {
                              return respond_to_options(origins, allow, request);
                          },
                          0});
    }
    return routes;
}

}  // namespace quittance::edge
