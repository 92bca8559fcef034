// Where the public keys come from: a file or a URL, kept in memory, read again now and then and when a token names a
// key that we do not know. What was read last stays in use while the source cannot be read.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "edge/auth/bearer_token.hpp"
#include "runtime/metrics.hpp"

namespace quittance::edge {

struct JwksSourceOptions {
    std::string location;                                // a path, or http(s)://HOST[:PORT]/PATH
    std::chrono::milliseconds refresh_interval{60'000};  // how soon a removed key is noticed
    std::chrono::milliseconds least_interval{5'000};     // between two reads, whatever tokens name
    std::chrono::milliseconds read_time{3'000};
};

class JwksSource {
  public:
    JwksSource(boost::asio::io_context& loop, JwksSourceOptions options, runtime::Metrics& metrics);
    ~JwksSource();

    // Reads for the first time and goes on refreshing until stop(). A first read that fails is logged and tried again.
    void start();
    void stop();

    // The keys as they are known now.
    const KeySet& keys() const;
    // Somebody named an unknown key: reads again, unless that was done a moment ago. Returns when it is decided.
    boost::asio::awaitable<void> refresh();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace quittance::edge
