// The API keys in use. Keys from a file (ADMIN_API_KEY_HASHES_FILE) change with the file, without a restart: Kubernetes
// mounts it from a Secret and replaces it. Broken content changes nothing, and empty content closes the surface.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "edge/auth/rights.hpp"
#include "runtime/metrics.hpp"

namespace quittance::edge {

struct ApiKeySourceOptions {
    base::Secret text;  // ADMIN_API_KEY_HASHES at the start
    std::string file;   // the file that it came from; empty if it was the setting itself
    // The time between two reads of the file (runtime/secret_files.hpp).
    std::chrono::milliseconds poll_interval{2'000};
};

class ApiKeySource {
  public:
    // Throws std::runtime_error if `text` is wrong. A thread of its own reads the file until the source is destroyed.
    ApiKeySource(boost::asio::io_context& loop, const ApiKeySourceOptions& options, runtime::Metrics& metrics);
    ~ApiKeySource();
    ApiKeySource(const ApiKeySource&) = delete;
    ApiKeySource& operator=(const ApiKeySource&) = delete;

    // Counts a use of the key and returns its name and rights. Nothing if the key is unknown. Runs on the loop's
    // thread.
    std::optional<ApiKey> authenticate(std::string_view key);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace quittance::edge
