#include "tracing/current_trace.hpp"

#include <utility>

namespace quittance::tracing {
namespace {

thread_local const base::TraceContext* current = nullptr;

}  // namespace

CurrentTrace::CurrentTrace(const base::TraceContext& context) : before_(std::exchange(current, &context)) {}

CurrentTrace::~CurrentTrace() {
    current = before_;
}

const base::TraceContext* current_trace() {
    return current;
}

}  // namespace quittance::tracing
