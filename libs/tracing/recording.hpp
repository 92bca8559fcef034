// What stands between spans and OpenTelemetry: spans know these two classes alone, and only exporter.cpp implements
// them. For libs/tracing only.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "base/trace_context.hpp"
#include "runtime/log.hpp"
#include "tracing/kind.hpp"

namespace quittance::tracing {

// The data of one span that is recorded. Used by one thread at a time.
class Recording {
  public:
    virtual ~Recording() = default;
    virtual void set(const runtime::Field& attribute) = 0;
    virtual void add_event(std::string_view name, std::initializer_list<runtime::Field> attributes) = 0;
    virtual void link_to(const base::TraceContext& other) = 0;
    virtual void fail(std::string_view error_type) = 0;
    virtual void rename(std::string_view name) = 0;
    // Called once, last.
    virtual void end() = 0;
};

// Makes recordings. Thread-safe.
class Recorder {
  public:
    virtual ~Recorder() = default;
    // Whether a trace that begins here is sampled.
    virtual bool samples(const base::TraceContext& context) const = 0;
    virtual std::unique_ptr<Recording> record(std::string_view name, Kind kind, const base::TraceContext& context,
                                              const base::TraceContext& parent) = 0;
};

// The recorder of the process, which every span asks; null while nothing is exported.
void use_recorder(std::shared_ptr<Recorder> recorder);

}  // namespace quittance::tracing
