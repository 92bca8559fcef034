// The steps around every handler: cross-origin rules, then gzip.
#pragma once

#include <vector>

#include "edge/middleware/cors.hpp"
#include "http/server/router.hpp"

namespace quittance::edge {

struct MiddlewareOptions {
    CorsOrigins cors_origins;
    std::size_t gzip_from_bytes = 8 * 1024;
};

// The routes with these steps around their handlers, and OPTIONS for each path.
std::vector<http::Route> with_middleware(std::vector<http::Route> routes, const MiddlewareOptions& options);

}  // namespace quittance::edge
