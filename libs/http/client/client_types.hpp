// The plain types of the HTTP client: its options, a request, an answer, and a failure.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "http/message.hpp"

namespace quittance::http {

struct ClientOptions {
    std::string base_url;          // "https://api.stripe.com" or "http://127.0.0.1:12111"; a path in it is refused
    std::string ca_file;           // empty: the system's store
    std::size_t connections = 64;  // at most this many at once; further sends wait for one to be free
    std::size_t response_bytes = 8 * 1024 * 1024;
    std::chrono::milliseconds connect_time{5'000};
    std::chrono::milliseconds idle_time{30'000};  // a connection idle for longer is not used again
};

struct ClientRequest {
    std::string method;
    std::string target;
    Headers headers;  // beside Host, Content-Length and Connection, which the client sets
    std::string body;
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    std::string body;
};

// The reason why there is no answer. `sent` says whether the request may have had an effect.
struct ClientFailure {
    std::string reason;  // for the log: "connect: Connection refused"
    bool timed_out = false;
    bool sent = false;       // false: no byte of the request reached the peer, so it had no effect
    bool no_place = false;   // no connection became free in time: nothing was sent
    bool too_large = false;  // the answer is larger than response_bytes; it was not read
};

}  // namespace quittance::http
