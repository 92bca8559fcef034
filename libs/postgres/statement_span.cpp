#include "postgres/statement_span.hpp"

#include "tracing/current_trace.hpp"

namespace quittance::postgres {

tracing::Span statement_span(const std::string& name) {
    const auto* trace = tracing::current_trace();
    if (trace == nullptr || !trace->sampled) return {};
    tracing::Span span(name, tracing::Kind::kClient, *trace);
    // The text of a statement stays out: its name says which one it is.
    span.set({"db.system.name", "postgresql"});
    span.set({"db.query.summary", name});
    return span;
}

}  // namespace quittance::postgres
