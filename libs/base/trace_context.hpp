// The place of a request in a trace, as W3C's Trace Context passes it on (https://www.w3.org/TR/trace-context/).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace quittance::base {

// A default one is empty: it belongs to no trace. A copy of one without `state` allocates nothing.
struct TraceContext {
    std::array<unsigned char, 16> trace_id{};
    std::array<unsigned char, 8> span_id{};
    bool sampled = false;  // spans of this trace are recorded
    std::string state;     // `tracestate`, as it came

    bool empty() const { return trace_id == std::array<unsigned char, 16>{}; }
};

// A new trace with a first span. The ids are unlikely to repeat, and are no secret.
TraceContext new_trace();
// Another span of the same trace.
TraceContext child_of(const TraceContext& parent);

// Reads the header fields `traceparent` and `tracestate`. Nothing for what the standard calls invalid. A later version
// than 00 is read as far as this one goes. A state that is no printable ASCII, or is longer than 512 characters, is
// left out.
std::optional<TraceContext> read_trace_context(std::string_view traceparent, std::string_view tracestate);

// "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"; "" for an empty one.
std::string traceparent_of(const TraceContext& context);
// 32 lower-case hex digits; "" for an empty one.
std::string trace_id_of(const TraceContext& context);

}  // namespace quittance::base
