#include "edge/middleware/gzip.hpp"

#include <zlib.h>

#include "base/text.hpp"

namespace quittance::edge {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, with gzip's header
constexpr int kGzipMemory = 8;

}  // namespace

bool wants_gzip(std::string_view accept) {
    while (!accept.empty()) {
        const auto comma = accept.find(',');
        auto entry = accept.substr(0, comma);
        accept.remove_prefix(comma == std::string_view::npos ? accept.size() : comma + 1);
        std::string lower;
        for (const char c : entry)
            if (c != ' ' && c != '\t') lower.push_back(base::to_lower(c));
        const auto coding = lower.substr(0, lower.find(';'));
        if (coding != "gzip" && coding != "*") continue;
        const auto quality = lower.find(";q=");
        const bool refused =
            quality != std::string::npos && lower.find_first_not_of("0.", quality + 3) == std::string::npos;
        return !refused;
    }
    return false;
}

bool gzip(const std::string& text, GzipEffort effort, std::string& out) {
    z_stream stream{};
    const int level = effort == GzipEffort::kQuick ? Z_BEST_SPEED : Z_BEST_COMPRESSION;
    if (deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, kGzipMemory, Z_DEFAULT_STRATEGY) != Z_OK) return false;
    out.resize(deflateBound(&stream, text.size()));
    // zlib takes its input without const, but does not write to it.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return whole;
}

void compress(std::size_t from_bytes, const http::Request& request, http::Response& response) {
    if (response.body.size() < from_bytes) return;
    if (http::find_header(response.headers, "Content-Encoding") != nullptr) return;
    response.headers.push_back({"Vary", "Accept-Encoding"});
    std::string compressed;
    if (!wants_gzip(request.header("Accept-Encoding")) || !gzip(response.body, GzipEffort::kQuick, compressed)) return;
    response.body = std::move(compressed);
    response.headers.push_back({"Content-Encoding", "gzip"});
}

}  // namespace quittance::edge
