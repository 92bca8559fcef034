// The options of the HTTP server, and its answers without a handler.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/address_ranges.hpp"
#include "http/message.hpp"

namespace quittance::http {

struct ServerLimits {
    std::size_t header_bytes = 16 * 1024;  // request line and fields; more: 431
    std::size_t header_fields = 100;       // more: 431; each takes some hundred bytes, however short it is
    std::size_t body_bytes = 1024 * 1024;  // more: 413
    // More: the oldest one that does nothing makes room, else the slowest. If all are being answered, the newest is
    // closed.
    std::size_t connections = 10'000;
    std::size_t connections_per_peer = 1'000;  // the same among those of one peer that is no trusted proxy
    std::size_t requests_in_flight = 4'096;    // more: 503 with Retry-After
    // What unfinished requests of strangers may hold together. Bodies of callers and answers on their way may hold as
    // much again. More: the oldest of the kind makes room.
    std::size_t memory_bytes = 64 * 1024 * 1024;
    std::chrono::milliseconds first_byte_time{10'000};  // of a new connection to its first byte; then it is closed
    std::chrono::milliseconds header_time{10'000};      // from the first byte of a request to its last header; then 408
    std::chrono::milliseconds body_time{20'000};        // from the last header to the last byte of the body; then 408
    // For each 64 KiB of an answer, until the socket has taken them; then the connection is dropped.
    std::chrono::milliseconds write_time{5'000};
    std::chrono::milliseconds idle_time{75'000};     // between requests of a kept connection; then it is closed
    std::chrono::milliseconds handler_time{35'000};  // becomes Request::deadline
};

// A failure that the server answers itself: bad request line, unknown route, a limit …
struct Failure {
    int status;               // 400, 404, 405, 408, 413, 431, 500, 503
    std::string_view detail;  // a sentence for the client
    std::string_view method;
    std::string_view target;  // empty if it was not read
    std::string_view request_id;
    std::string_view trace_id{};
};

struct ServerOptions {
    std::string listen = "127.0.0.1:0";  // "HOST:PORT", "[::]:8080"; port 0 takes a free one
    std::string name = "http";           // the `server` label of the metrics
    ServerLimits limits;
    std::optional<double> access_lines_per_second;  // see AccessLog; unset: no lines at all
    AddressRanges trusted_proxies;                  // their connections are those of many peers
    // Makes the body of such an answer. The server adds Allow, Retry-After and Connection. Unset: problem+json.
    std::function<Response(const Failure&)> failure_body;
};

}  // namespace quittance::http
