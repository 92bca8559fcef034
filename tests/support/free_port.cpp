#include "support/free_port.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace quittance::test {

int free_port() {
    // Stacks reserve theirs in the same place.
    const std::string command = QUITTANCE_RESERVE_PORT " /proc/" + std::to_string(::getpid());
    std::array<char, 16> line{};
    FILE* output = ::popen(command.c_str(), "re");
    if (output == nullptr) throw std::runtime_error("no port: " + command + " cannot be run");
    const bool read = std::fgets(line.data(), line.size(), output) != nullptr;
    if (::pclose(output) != 0 || !read) throw std::runtime_error("no port: " + command + " failed");
    return std::stoi(line.data());
}

}  // namespace quittance::test
