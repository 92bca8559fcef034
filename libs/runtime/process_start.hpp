// What every program does first: it raises the number of files that it may open, and forbids dumps of its memory, which
// holds secrets.
#pragma once

#include <cstddef>
#include <string_view>

namespace quittance::runtime {

// Raises the soft limit of open files (RLIMIT_NOFILE) to the hard one, up to a million. Forbids core dumps, and tracing
// and reading the memory by other processes of the same user. Call it first in main, before a secret is read.
void start_process();

// Allows again what start_process forbids, for debugging. The limit of the core's size is then the hard one.
void allow_dumps();

// How many files this process may have open at one time.
std::size_t descriptor_limit();

// How many connections of `wanted` the limit of open files allows; 256 files, or half of all, are kept for everything
// else. Logs a cut, with `name` ("MAX_CONNECTIONS").
std::size_t connections_within_descriptors(std::string_view name, std::size_t wanted);

}  // namespace quittance::runtime
