// The API keys in use. Those from a setting stay; those from a file (ADMIN_API_KEY_HASHES_FILE, which Kubernetes mounts
// from a Secret and replaces under us) come and go with its content, without a restart. A content that is broken
// changes nothing; an empty one closes the surface.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/metrics.hpp"

namespace quittance::edge {

struct ApiKeySourceOptions {
    std::string text;  // ADMIN_API_KEY_HASHES as it was at the start
    std::string file;  // where it came from; empty: there is no file to read again
    // Between two reads of the file (runtime/watched_file.hpp).
    std::chrono::milliseconds poll_interval{2'000};
};

class ApiKeySource {
  public:
    // Throws std::runtime_error where `text` is wrong. Reads the file again and again on a thread of its own until it
    // is destroyed.
    ApiKeySource(boost::asio::io_context& loop, const ApiKeySourceOptions& options, runtime::Metrics& metrics);
    ~ApiKeySource();
    ApiKeySource(const ApiKeySource&) = delete;
    ApiKeySource& operator=(const ApiKeySource&) = delete;

    // The name of the key, counted; nothing where it is none of ours. On the loop's thread.
    std::optional<std::string> authenticate(std::string_view key);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace quittance::edge
