// What every route has around its handler: cross-origin rules (closed unless configured), gzip of large answers where
// the client asks for it, and entity tags of single invoices.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/server/router.hpp"

namespace quittance::edge {

struct MiddlewareOptions {
    std::vector<std::string> cors_origins;  // exact origins, "https://app.example"; empty: no browser of another origin
    std::size_t gzip_from_bytes = 8 * 1024;
};

// The routes with the gate around each handler, and OPTIONS for each path.
std::vector<http::Route> with_middleware(std::vector<http::Route> routes, const MiddlewareOptions& options);

// Sets ETag from the body; turns the answer into 304 where If-None-Match names it (RFC 9110, 13.1.2).
void set_entity_tag(const http::Request& request, http::Response& response);
// The same for a body whose tag is known already.
void set_entity_tag(const http::Request& request, http::Response& response, std::string tag);
std::string entity_tag(std::string_view body);

}  // namespace quittance::edge
