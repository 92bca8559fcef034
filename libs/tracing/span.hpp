// A span: one step of a request, with its time, its attributes and its place in a trace. The names of attributes are
// those of OpenTelemetry's semantic conventions (http, rpc, db, messaging) where these have one, else `quittance.…`.
//
//   tracing::Span span("InvoiceStore.GetInvoice", tracing::Kind::kServer, call_context);
//   span.set({"rpc.system", "grpc"});
//   …                                                   // pass span.context() on
//   if (failed) span.fail("UNAVAILABLE");
//
// A span that is not recorded only carries its context. It costs two comparisons, and no memory.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "base/trace_context.hpp"
#include "runtime/log.hpp"
#include "tracing/kind.hpp"

namespace quittance::tracing {

class Recording;

class Span {
  public:
    // Records nothing and belongs to no trace.
    Span();
    // Recorded if an Exporter runs and the trace is sampled. An empty `parent` begins a new trace, which is sampled by
    // the ratio of the exporter. Without an exporter the context of the parent is passed on as it is.
    Span(std::string_view name, Kind kind, const base::TraceContext& parent);
    // The first span of `trace`, whose id somebody chose. Recorded if `trace` is sampled or the ratio says so.
    static Span first_of(const base::TraceContext& trace, std::string_view name, Kind kind);
    Span(Span&& other) noexcept;
    Span& operator=(Span&& other) noexcept;
    ~Span();

    // The parent of what this step begins.
    const base::TraceContext& context() const { return context_; }
    // False: the functions below do nothing, so a caller may leave out what is dear to compute.
    bool recording() const { return recording_ != nullptr; }

    void set(const runtime::Field& attribute);
    void add_event(std::string_view name, std::initializer_list<runtime::Field> attributes = {});
    // Another trace that this step belongs to. At most 128; further ones are left out.
    void link_to(const base::TraceContext& other);
    // The step failed: `error.type` is a short word, such as a status code, of a bounded set.
    void fail(std::string_view error_type);
    void rename(std::string_view name);
    // Ends the span, which the destructor does as well.
    void end();

  private:
    void begin(std::string_view name, Kind kind, const base::TraceContext& parent);

    base::TraceContext context_;
    std::unique_ptr<Recording> recording_;
};

// Whether the ratio samples this trace. False without an exporter.
bool samples(const base::TraceContext& trace);

}  // namespace quittance::tracing
