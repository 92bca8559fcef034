// So many lines a second: for what outsiders or an outage could cause in masses.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "base/token_bucket.hpp"

namespace quittance::runtime {

// The next line after others tells how many were left out. Thread-safe.
class LineLimit {
  public:
    // 0: none.
    explicit LineLimit(double lines_per_second);

    // Nothing: leave the line out. Else the number of lines that were left out since the one before.
    std::optional<std::int64_t> admit();

  private:
    std::mutex mutex_;
    double lines_per_second_;
    base::TokenBucket bucket_;
    std::int64_t left_out_ = 0;
};

}  // namespace quittance::runtime
