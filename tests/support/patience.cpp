#include "support/patience.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

namespace quittance::test {

double patience_factor() {
    static const double factor = [] {
        const char* given = std::getenv("QUITTANCE_TEST_PATIENCE");
        if (given == nullptr || *given == '\0') return 1.0;
        char* end = nullptr;
        const double number = std::strtod(given, &end);
        if (*end != '\0' || !(number >= 0.1 && number <= 100))
            throw std::runtime_error("QUITTANCE_TEST_PATIENCE must be a number from 0.1 to 100, not '" +
                                     std::string(given) + "'");
        return number;
    }();
    return factor;
}

std::chrono::milliseconds patient(std::chrono::milliseconds time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time * patience_factor());
}

void pause_between_polls() {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

}  // namespace quittance::test
