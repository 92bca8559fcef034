#include "edge/backends/call_context.hpp"

#include <algorithm>

namespace quittance::edge {
namespace {

// A value that we did not issue is treated as `latest`.
std::string read_after_of(const http::Request& request) {
    constexpr std::size_t kLongest = 64;
    const auto given = request.header(kReadAfterHeader);
    if (given.empty()) return {};
    const bool harmless = given.size() <= kLongest && std::all_of(given.begin(), given.end(), [](char c) {
                              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '.';
                          });
    return harmless ? std::string(given) : std::string(kLatest);
}

}  // namespace

CallContext read_call_context(const http::Request& request) {
    constexpr std::chrono::seconds kReadTime{5};
    return {{std::chrono::system_clock::now() + kReadTime, request.request_id}, read_after_of(request)};
}

CallContext write_call_context(const http::Request& request) {
    constexpr std::chrono::seconds kWriteTime{30};
    return {{std::chrono::system_clock::now() + kWriteTime, request.request_id}, {}};
}

}  // namespace quittance::edge
