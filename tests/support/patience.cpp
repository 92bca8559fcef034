#include "support/patience.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

namespace quittance::test {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{3};

double factor() {
    const char* given = std::getenv("QUITTANCE_TEST_PATIENCE");  // NOLINT(concurrency-mt-unsafe): nobody changes it
    if (given == nullptr || *given == '\0') return 1;
    char* end = nullptr;
    const double number = std::strtod(given, &end);
    if (*end != '\0' || !(number >= 0.1 && number <= 100))
        throw std::runtime_error("QUITTANCE_TEST_PATIENCE must be a number from 0.1 to 100, not '" +
                                 std::string(given) + "'");
    return number;
}

}  // namespace

std::chrono::milliseconds patient(std::chrono::milliseconds usual) {
    static const double kFactor = factor();
    return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(usual.count()) * kFactor));
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(kBetweenLooks);
    }
    return true;
}

}  // namespace quittance::test
