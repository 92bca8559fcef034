// Some tests have a form that takes minutes, for .ci/long and for whoever asks: QUITTANCE_LONG_TESTS=1.
#pragma once

#include <cstdlib>
#include <string_view>

namespace quittance::test {

inline bool long_form() {
    const char* given = std::getenv("QUITTANCE_LONG_TESTS");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return given != nullptr && std::string_view(given) == "1";
}

}  // namespace quittance::test
