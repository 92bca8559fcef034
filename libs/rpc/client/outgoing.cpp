#include "rpc/client/outgoing.hpp"

namespace quittance::rpc::detail {

tracing::Span span_of_outgoing(const char* method, const base::TraceContext& trace) {
    if (trace.empty()) return {};
    return span_of_call(method, tracing::Kind::kClient, trace);
}

void add_metadata(grpc::ClientContext& context, const CallOptions& options, const base::TraceContext& trace) {
    if (!options.request_id.empty()) context.AddMetadata("x-request-id", options.request_id);
    if (!trace.empty()) context.AddMetadata("traceparent", base::traceparent_of(trace));
    if (!trace.state.empty()) context.AddMetadata("tracestate", trace.state);
    if (options.log_raised) context.AddMetadata(kLogWishName, kLogWishValue);
}

}  // namespace quittance::rpc::detail
