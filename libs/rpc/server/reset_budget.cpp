#include "rpc/server/reset_budget.hpp"

namespace quittance::rpc {

bool ResetBudget::take(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    return resets_.take(now) == Clock::duration::zero();
}

bool ConnectionResets::take(ResetBudget::Clock::time_point now) {
    constexpr ResetBudget::Clock::duration kNow{};
    if (own_.take(now) != kNow) return false;
    const bool few = few_.take(now) == kNow;
    return all_.take(now) || few;
}

}  // namespace quittance::rpc
