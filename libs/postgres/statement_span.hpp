// The span of one statement, in the trace of the thread's work.
#pragma once

#include <string>

#include "tracing/span.hpp"

namespace quittance::postgres {

// `name`: of a prepared statement. Records nothing where the thread works for no trace.
tracing::Span statement_span(const std::string& name);

}  // namespace quittance::postgres
