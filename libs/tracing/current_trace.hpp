// The trace that blocking work on this thread is for. Coroutines pass their context on by hand; statements are run by
// functions that know their connection alone.
#pragma once

#include "base/trace_context.hpp"

namespace quittance::tracing {

// While it lives, `context` is the thread's. The context must live as long. Must not live across a co_await.
class CurrentTrace {
  public:
    explicit CurrentTrace(const base::TraceContext& context);
    ~CurrentTrace();
    CurrentTrace(const CurrentTrace&) = delete;
    CurrentTrace& operator=(const CurrentTrace&) = delete;

  private:
    const base::TraceContext* before_;
};

// Null where the thread works for no trace.
const base::TraceContext* current_trace();

}  // namespace quittance::tracing
