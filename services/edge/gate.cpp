#include "edge/gate.hpp"

#include <zlib.h>

#include <algorithm>
#include <map>

#include "edge/digest.hpp"

namespace quittance::edge {
namespace {

namespace asio = boost::asio;

constexpr int kGzipWindow = 15 + 16;  // the largest window, with gzip's header
constexpr int kGzipMemory = 8;
constexpr std::string_view kExposed =
    "ETag, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Idempotent-Replayed";

bool allowed_origin(const GateOptions& options, std::string_view origin) {
    return std::find(options.cors_origins.begin(), options.cors_origins.end(), origin) != options.cors_origins.end();
}

void add_cors(const GateOptions& options, const http::Request& request, http::Response& response) {
    if (options.cors_origins.empty()) return;
    response.headers.push_back({"Vary", "Origin"});
    const auto origin = request.header("Origin");
    if (origin.empty() || !allowed_origin(options, origin)) return;
    response.headers.push_back({"Access-Control-Allow-Origin", std::string(origin)});
    response.headers.push_back({"Access-Control-Expose-Headers", std::string(kExposed)});
}

// True where the client lists gzip without q=0 (RFC 9110, 12.5.3).
bool wants_gzip(std::string_view accept) {
    while (!accept.empty()) {
        const auto comma = accept.find(',');
        auto entry = accept.substr(0, comma);
        accept.remove_prefix(comma == std::string_view::npos ? accept.size() : comma + 1);
        std::string lower;
        for (const char c : entry)
            if (c != ' ' && c != '\t') lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
        const auto coding = lower.substr(0, lower.find(';'));
        if (coding != "gzip" && coding != "*") continue;
        const auto quality = lower.find(";q=");
        const bool refused =
            quality != std::string::npos && lower.find_first_not_of("0.", quality + 3) == std::string::npos;
        return !refused;
    }
    return false;
}

bool gzip(const std::string& text, std::string& out) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kGzipMemory, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    out.resize(deflateBound(&stream, text.size()));
    // zlib's interface takes the input without const and does not write to it.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return whole;
}

void compress(const GateOptions& options, const http::Request& request, http::Response& response) {
    if (response.body.size() < options.gzip_from_bytes) return;
    response.headers.push_back({"Vary", "Accept-Encoding"});
    std::string compressed;
    if (!wants_gzip(request.header("Accept-Encoding")) || !gzip(response.body, compressed)) return;
    response.body = std::move(compressed);
    response.headers.push_back({"Content-Encoding", "gzip"});
}

asio::awaitable<http::Response> through(const http::Handler& handler, const GateOptions& options,
                                        const http::Request& request) {
    auto response = co_await handler(request);
    add_cors(options, request, response);
    compress(options, request, response);
    co_return response;
}

asio::awaitable<http::Response> answer(http::Response response) {
    co_return response;
}

http::Response preflight(const GateOptions& options, const std::string& methods, const http::Request& request) {
    http::Response response;
    response.status = 204;
    response.headers.push_back({"Allow", methods});
    add_cors(options, request, response);
    if (http::find_header(response.headers, "Access-Control-Allow-Origin") != nullptr) {
        response.headers.push_back({"Access-Control-Allow-Methods", methods});
        response.headers.push_back(
            {"Access-Control-Allow-Headers",
             "Api-Key, Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-Id"});
        response.headers.push_back({"Access-Control-Max-Age", "600"});
    }
    return response;
}

}  // namespace

std::vector<http::Route> gated(std::vector<http::Route> routes, const GateOptions& options) {
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

void set_entity_tag(const http::Request& request, http::Response& response) {
    constexpr std::size_t kTagDigits = 24;
    // Weak: the compressed form of the same answer has the same tag.
    std::string tag = "W/\"" + sha256_hex(response.body).substr(0, kTagDigits) + "\"";
    const auto given = request.header("If-None-Match");
    if (given == "*" || given.find(std::string_view(tag).substr(2)) != std::string_view::npos) {
        response.status = 304;
        response.body.clear();
    }
    response.headers.push_back({"ETag", std::move(tag)});
}

}  // namespace quittance::edge
