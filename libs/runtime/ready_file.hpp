// Tells whoever started the process where it listens. With the environment variable READY_FILE set, a service writes
// `NAME=host:port` lines to that file once it serves, in one rename, so that a script can wait for the file and read
// it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace quittance::runtime {

// {"EDGE_LISTEN", "127.0.0.1:41234"} … Does nothing where READY_FILE is not set. Throws if it cannot write the file.
void write_ready_file(const std::vector<std::pair<std::string, std::string>>& addresses);

}  // namespace quittance::runtime
