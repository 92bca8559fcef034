// The server that an HTTP client talks to: the parts of its base URL.
#pragma once

#include <string>

namespace quittance::http {

struct Origin {
    bool tls = false;
    std::string host;  // without brackets
    std::string port;
    std::string host_header;
};

// Throws std::runtime_error for anything but http(s)://HOST[:PORT][/].
Origin parse_origin(const std::string& base_url);

// True if what is sent there can be read on the way: without TLS, and to another host than this one (127.0.0.0/8, ::1,
// localhost).
bool is_readable_on_the_way(const Origin& origin);

}  // namespace quittance::http
