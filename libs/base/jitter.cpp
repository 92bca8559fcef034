#include "base/jitter.hpp"

#include <cstdint>
#include <random>

namespace quittance::base {

std::chrono::milliseconds jittered(std::chrono::milliseconds wait) {
    thread_local std::mt19937_64 engine{std::random_device{}()};
    const auto middle = wait.count();
    return std::chrono::milliseconds(
        std::uniform_int_distribution<std::int64_t>(middle / 2, middle + middle / 2)(engine));
}

}  // namespace quittance::base
