// Cross-origin resource sharing (the Fetch standard): pages of the origins that are named may call the API from a
// browser.
#pragma once

#include <string>
#include <vector>

#include "http/message.hpp"

namespace quittance::edge {

// Exact origins, "https://app.example". Empty: no page of another origin may call.
using CorsOrigins = std::vector<std::string>;

// Adds the header fields that let a page of the request's origin read the answer, if the origin is one of these.
void add_cors(const CorsOrigins& origins, const http::Request& request, http::Response& response);

// The answer to OPTIONS: the methods of the path ("GET, HEAD, OPTIONS"), and the rules for one of these origins.
http::Response preflight(const CorsOrigins& origins, const std::string& methods, const http::Request& request);

}  // namespace quittance::edge
