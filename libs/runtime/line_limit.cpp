#include "runtime/line_limit.hpp"

#include <utility>

namespace quittance::runtime {

LineLimit::LineLimit(double lines_per_second)
    : lines_per_second_(lines_per_second), bucket_(lines_per_second, lines_per_second) {}

std::optional<std::int64_t> LineLimit::admit() {
    using Clock = base::TokenBucket::Clock;
    const std::lock_guard lock(mutex_);
    if (lines_per_second_ > 0 && bucket_.take(Clock::now()) == Clock::duration::zero())
        return std::exchange(left_out_, 0);
    ++left_out_;
    return std::nullopt;
}

}  // namespace quittance::runtime
