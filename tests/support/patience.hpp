// How long a test waits for a condition. One factor, QUITTANCE_TEST_PATIENCE, stretches every such wait for a machine
// that is slower or busier than usual (1, unless it is set; at most 100).
#pragma once

#include <chrono>

namespace quittance::test {

// QUITTANCE_TEST_PATIENCE. Throws std::runtime_error where it is not a number from 0.1 to 100.
double patience_factor();

// `time` times the factor.
std::chrono::milliseconds patient(std::chrono::milliseconds time);

// Calls `condition` every 10 ms until it gives true, for a patient minute unless `most` says otherwise. False where the
// time runs out. A condition is better than a sleep: the test goes on the moment that it holds.
template <class Condition>
[[nodiscard]] bool eventually(Condition condition, std::chrono::milliseconds most = std::chrono::minutes(1));

// Sleeps for one step of such a wait.
void pause_between_polls();

template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds most) {
    const auto deadline = std::chrono::steady_clock::now() + patient(most);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        pause_between_polls();
    }
    return true;
}

}  // namespace quittance::test
