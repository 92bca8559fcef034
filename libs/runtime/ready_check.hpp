// What `--check-ready` does: a service asks a running copy of itself whether it is ready. A container image can so tell
// its health without a shell or curl in it.
#pragma once

#include <string>

namespace quittance::runtime {

// Asks GET /readyz of the operations port at `metrics_listen` ("HOST:PORT" as in METRICS_LISTEN; a wildcard host means
// this machine), prints the answer's body and gives the exit code: 0 if it was 200 within five seconds, else 1.
int check_ready(const std::string& metrics_listen);

}  // namespace quittance::runtime
