// What OpenTelemetry's library has to say, for our log. For libs/tracing only.
#pragma once

#include <string>

namespace quittance::tracing {

// From now on the library writes no lines of its own: each message is kept until the next one.
void keep_otel_messages();
// The last message, and forgets it.
std::string take_otel_message();

}  // namespace quittance::tracing
