// Drives requests over keep-alive connections, one at a time on each, as fast as the server answers. One thread, plain
// epoll: it costs as little as a client can.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace quittance::bench {

struct LoadResult {
    std::chrono::duration<double> wall{0};  // from the first byte sent to the last answer
    std::chrono::duration<double> cpu{0};   // of this process
    std::vector<double> latencies_ms;       // sorted
    std::uint64_t ok = 0;                   // 2xx
    std::uint64_t refused = 0;              // any other status
};

// Sends every request once over `connections` connections to `address` ("127.0.0.1:41234"). Throws std::runtime_error
// where the server cannot be reached or ends a connection.
LoadResult run_load(const std::string& address, std::size_t connections, const std::vector<std::string>& requests);

}  // namespace quittance::bench
