#include "edge/middleware/cors.hpp"

#include <algorithm>

namespace quittance::edge {
namespace {

constexpr const char* kRequestHeaders =
    "Api-Key, Authorization, Content-Type, Idempotency-Key, If-None-Match, Quittance-Read-After, traceparent, "
    "tracestate, "
    "X-Request-Id";
constexpr const char* kResponseHeaders =
    "ETag, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Idempotent-Replayed, Quittance-Payment-Error, "
    "Quittance-Position";
constexpr const char* kPreflightSeconds = "600";  // how long a browser may keep the answer to OPTIONS

}  // namespace

void add_cors(const CorsOrigins& origins, const http::Request& request, http::Response& response) {
    if (origins.empty()) return;
    response.headers.push_back({"Vary", "Origin"});
    const auto origin = request.header("Origin");
    if (origin.empty() || std::find(origins.begin(), origins.end(), origin) == origins.end()) return;
    response.headers.push_back({"Access-Control-Allow-Origin", std::string(origin)});
    response.headers.push_back({"Access-Control-Expose-Headers", kResponseHeaders});
}

http::Response preflight(const CorsOrigins& origins, const std::string& methods, const http::Request& request) {
    http::Response response;
    response.status = 204;
    response.headers.push_back({"Allow", methods});
    add_cors(origins, request, response);
    if (http::find_header(response.headers, "Access-Control-Allow-Origin") != nullptr) {
        response.headers.push_back({"Access-Control-Allow-Methods", methods});
        response.headers.push_back({"Access-Control-Allow-Headers", kRequestHeaders});
        response.headers.push_back({"Access-Control-Max-Age", kPreflightSeconds});
    }
    return response;
}

}  // namespace quittance::edge
