// One line about each request that the server answered, and the span of the request. For libs/http only.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/line_limit.hpp"

namespace quittance::http {

struct Exchange;

// Requests are of four kinds: reads, writes, refusals (4xx) and failures (5xx). Of each kind so many lines a second are
// written, of failures at least a thousand; the next line says how many were left out. A line about a failure has the
// level warning, the others have info. A request whose lines an operator asked for always has its line.
class AccessLog {
  public:
    // `lines_per_second` 0: lines about failures alone. Unset: no lines and no spans, as for probes, whose answers are
    // often 503.
    AccessLog(std::string server, std::optional<double> lines_per_second);

    // The trace of a request, from its header fields, into `request.trace`.
    void begin_trace(Exchange& exchange, std::string_view traceparent, std::string_view tracestate) const;

    // Once for each request, when its answer is known. Ends the span.
    void note(Exchange& exchange, double seconds);

  private:
    void write(const Exchange& exchange, double seconds);

    std::string server_;
    bool silent_;
    std::array<runtime::LineLimit, 4> limits_;
};

}  // namespace quittance::http
