// Answers compressed with gzip (RFC 9110, 8.4.1.3).
#pragma once

#include <string>
#include <string_view>

#include "http/message.hpp"

namespace quittance::edge {

// True if the client lists gzip, and not with q=0 (RFC 9110, 12.5.3).
bool wants_gzip(std::string_view accept_encoding);

// kQuick while a client waits for the answer, kBest for a file that is compressed once and sent often.
enum class GzipEffort { kQuick, kBest };

// False if zlib fails; `out` is then unspecified.
bool gzip(const std::string& text, GzipEffort effort, std::string& out);

// Compresses an answer of at least `from_bytes` if the client accepts it and the handler has not done so.
void compress(std::size_t from_bytes, const http::Request& request, http::Response& response);

}  // namespace quittance::edge
