#include "runtime/ready_file.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace quittance::runtime {

void write_ready_file(const std::vector<std::pair<std::string, std::string>>& addresses) {
    const char* path = std::getenv("READY_FILE");  // NOLINT(concurrency-mt-unsafe): nobody sets the environment here
    if (path == nullptr || *path == '\0') return;
    const std::string target = path;
    const std::string draft = target + ".new";
    {
        std::ofstream file(draft, std::ios::trunc);
        for (const auto& [name, address] : addresses) file << name << '=' << address << '\n';
        file.flush();
        if (!file) throw std::runtime_error("READY_FILE: cannot write " + draft);
    }
    if (std::rename(draft.c_str(), target.c_str()) != 0)
        throw std::runtime_error("READY_FILE: cannot rename " + draft + " to " + target);
}

}  // namespace quittance::runtime
