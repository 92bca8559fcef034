// Random waits, so that replicas that started together do not ask together.
#pragma once

#include <chrono>

namespace quittance::base {

// Between a half and one and a half times `wait`, evenly distributed. Safe on every thread.
std::chrono::milliseconds jittered(std::chrono::milliseconds wait);

}  // namespace quittance::base
