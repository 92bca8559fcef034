// One target in libFuzzer; which one, the build says.
#include <cstddef>
#include <cstdint>

#include "fuzz/targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // What a target throws ends the process, and libFuzzer keeps the input.
    quittance::fuzz::QUITTANCE_FUZZ_RUN({reinterpret_cast<const char*>(data), size});
    return 0;
}
