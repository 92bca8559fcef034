// How long the tests wait for what must happen. A wait ends as soon as it has happened; the time is only the most that
// a failing test may take. QUITTANCE_TEST_PATIENCE is a factor on all of it, for a slow or busy machine.
#pragma once

#include <chrono>
#include <functional>

namespace quittance::test {

// `usual` times the factor. Throws std::runtime_error where QUITTANCE_TEST_PATIENCE is no number from 0.1 to 100.
std::chrono::milliseconds patient(std::chrono::milliseconds usual);

// The most that any one step may take.
inline const std::chrono::milliseconds kPatience = patient(std::chrono::minutes(2));

// Asks again every few milliseconds. False where it does not become true in time.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds time = kPatience);

}  // namespace quittance::test
