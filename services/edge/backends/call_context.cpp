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

rpc::CallOptions options_of(const http::Request& request, std::chrono::seconds time) {
    rpc::CallOptions options{std::chrono::system_clock::now() + time, request.request_id};
    options.trace = request.trace;
    options.log_raised = request.log_raised;
    return options;
}

}  // namespace

CallContext read_call_context(const http::Request& request) {
    constexpr std::chrono::seconds kReadTime{5};
    return {options_of(request, kReadTime), read_after_of(request)};
}

CallContext write_call_context(const http::Request& request) {
    constexpr std::chrono::seconds kWriteTime{30};
    return {options_of(request, kWriteTime), {}};
}

}  // namespace quittance::edge
