#include "edge/middleware/middleware.hpp"

#include <algorithm>
#include <map>

#include "base/digest.hpp"
#include "edge/middleware/gzip.hpp"

namespace quittance::edge {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kExposed =
    "ETag, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Idempotent-Replayed, Quittance-Position";

bool allowed_origin(const MiddlewareOptions& options, std::string_view origin) {
    return std::find(options.cors_origins.begin(), options.cors_origins.end(), origin) != options.cors_origins.end();
}

void add_cors(const MiddlewareOptions& options, const http::Request& request, http::Response& response) {
    if (options.cors_origins.empty()) return;
    response.headers.push_back({"Vary", "Origin"});
    const auto origin = request.header("Origin");
    if (origin.empty() || !allowed_origin(options, origin)) return;
    response.headers.push_back({"Access-Control-Allow-Origin", std::string(origin)});
    response.headers.push_back({"Access-Control-Expose-Headers", std::string(kExposed)});
}

void compress(const MiddlewareOptions& options, const http::Request& request, http::Response& response) {
    if (response.body.size() < options.gzip_from_bytes) return;
    if (http::find_header(response.headers, "Content-Encoding") != nullptr) return;  // the handler did it
    response.headers.push_back({"Vary", "Accept-Encoding"});
    std::string compressed;
    if (!wants_gzip(request.header("Accept-Encoding")) || !gzip(response.body, GzipEffort::kQuick, compressed)) return;
    response.body = std::move(compressed);
    response.headers.push_back({"Content-Encoding", "gzip"});
}

asio::awaitable<http::Response> through(const http::Handler& handler, const MiddlewareOptions& options,
                                        const http::Request& request) {
    auto response = co_await handler(request);
    add_cors(options, request, response);
    compress(options, request, response);
    co_return response;
}

asio::awaitable<http::Response> answer(http::Response response) {
    co_return response;
}

http::Response preflight(const MiddlewareOptions& options, const std::string& methods, const http::Request& request) {
    http::Response response;
    response.status = 204;
    response.headers.push_back({"Allow", methods});
    add_cors(options, request, response);
    if (http::find_header(response.headers, "Access-Control-Allow-Origin") != nullptr) {
        response.headers.push_back({"Access-Control-Allow-Methods", methods});
        response.headers.push_back({"Access-Control-Allow-Headers",
                                    "Api-Key, Authorization, Content-Type, Idempotency-Key, If-None-Match, "
                                    "Quittance-Read-After, X-Request-Id"});
        response.headers.push_back({"Access-Control-Max-Age", "600"});
    }
    return response;
}

}  // namespace

std::vector<http::Route> with_middleware(std::vector<http::Route> routes, const MiddlewareOptions& options) {
    std::map<std::string, std::string> methods;
    for (auto& route : routes) {
        auto& list = methods[route.pattern];
        list += (list.empty() ? "" : ", ") + route.method + (route.method == "GET" ? ", HEAD" : "");
        route.handler = [handler = std::move(route.handler), options](const http::Request& request) {
            return through(handler, options, request);
        };
    }
    for (const auto& [pattern, list] : methods) {
        routes.push_back({"OPTIONS", pattern,
                          [options, allow = list + ", OPTIONS"](const http::Request& request) {
                              return answer(preflight(options, allow, request));
                          },
                          0});
    }
    return routes;
}

std::string entity_tag(std::string_view body) {
    constexpr std::size_t kTagDigits = 24;
    // Weak: the compressed form of the same answer has the same tag.
    return "W/\"" + base::sha256_hex(body).substr(0, kTagDigits) + "\"";
}

void set_entity_tag(const http::Request& request, http::Response& response) {
    set_entity_tag(request, response, entity_tag(response.body));
}

void set_entity_tag(const http::Request& request, http::Response& response, std::string tag) {
    const auto given = request.header("If-None-Match");
    if (given == "*" || given.find(std::string_view(tag).substr(2)) != std::string_view::npos) {
        response.status = 304;
        response.body.clear();
    }
    response.headers.push_back({"ETag", std::move(tag)});
}

}  // namespace quittance::edge
