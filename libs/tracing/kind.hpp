// The place of a span's step.
#pragma once

namespace quittance::tracing {

// A call that came in, a call that goes out, work inside the process, or work that others put into a queue.
enum class Kind { kInternal, kServer, kClient, kProducer, kConsumer };

}  // namespace quittance::tracing
