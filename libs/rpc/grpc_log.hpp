// Takes the log lines of gRPC into ours. gRPC itself writes them to the standard error as they are, and some quote what
// a caller sent: a caller could forge lines of the log.
#pragma once

#include <grpc/support/log.h>

namespace quittance::rpc {

// One line, "gRPC", with the text as a field of at most 1,000 bytes. gRPC's errors are mostly about one peer, so they
// are warnings here. At most ten lines a second are written; one line says later how many were left out. Callable from
// any thread.
void log_line_of_grpc(const gpr_log_func_args& line);

}  // namespace quittance::rpc
