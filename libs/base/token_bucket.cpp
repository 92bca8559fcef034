#include "base/token_bucket.hpp"

#include <algorithm>

namespace quittance::base {
namespace {

TokenBucket::Clock::duration seconds_to_ticks(double seconds) {
    return std::chrono::duration_cast<TokenBucket::Clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

TokenBucket::TokenBucket(double per_second, double burst)
    : interval_(per_second > 0 ? seconds_to_ticks(1.0 / per_second) : Clock::duration::zero()),
      credit_(per_second > 0 ? seconds_to_ticks((burst - 1) / per_second) : Clock::duration::zero()) {}

TokenBucket::Clock::time_point TokenBucket::next(Clock::time_point now) const {
    return std::max(now, even_ - credit_);
}

TokenBucket::Clock::time_point TokenBucket::next_in_background(Clock::time_point now) const {
    return std::max(now, even_ - credit_ + credit_ / 4);
}

void TokenBucket::book(Clock::time_point now) {
    even_ = std::max(even_, now) + interval_;
}

TokenBucket::Clock::duration TokenBucket::take(Clock::time_point now) {
    const auto when = next(now);
    if (when > now) return when - now;
    book(now);
    return Clock::duration::zero();
}

}  // namespace quittance::base
