// gzip as a content coding of answers (RFC 9110, 8.4.1.3).
#pragma once

#include <string>
#include <string_view>

namespace quittance::edge {

// True where the client lists gzip without q=0 (RFC 9110, 12.5.3).
bool wants_gzip(std::string_view accept_encoding);

// kQuick for an answer that is made while somebody waits, kBest for what is compressed once and sent often.
enum class GzipEffort { kQuick, kBest };

// False where zlib fails; `out` is then unspecified.
bool gzip(const std::string& text, GzipEffort effort, std::string& out);

}  // namespace quittance::edge
