// The key set of the issuer, from a file or a URL. It is read again at intervals, and when a token names an unknown
// key. If it cannot be read, the previous set stays in use for a time: a key that its issuer removed must not be
// trusted for ever.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "edge/auth/bearer_token.hpp"
#include "http/client/origin.hpp"
#include "runtime/metrics.hpp"

namespace quittance::edge {

struct JwksSourceOptions {
    std::string location;                                // a path, or http(s)://HOST[:PORT]/PATH
    std::chrono::milliseconds refresh_interval{60'000};  // the longest time that a removed key is still accepted
    std::chrono::milliseconds least_interval{5'000};     // between two reads, even if tokens name unknown keys
    std::chrono::milliseconds read_time{3'000};
    // How long a set that cannot be read again stays in use.
    std::chrono::milliseconds longest_age{std::chrono::hours(24)};
};

// Where a URL leads to; nothing for a path. Throws std::runtime_error for a URL that cannot be used.
std::optional<http::Origin> origin_of_key_set(const std::string& location);

class JwksSource {
  public:
    JwksSource(boost::asio::io_context& loop, JwksSourceOptions options, runtime::Metrics& metrics);
    ~JwksSource();

    // Reads the set, and again at intervals until stop(). A first read that fails is logged and retried.
    void start();
    void stop();

    // The keys of the last read that succeeded. None once it is older than the longest age.
    const KeySet& keys() const;
    // Reads the set again, unless it was read a moment ago. Call it for an unknown key. Returns after the read.
    boost::asio::awaitable<void> refresh();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace quittance::edge
