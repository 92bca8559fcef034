// What a call carries to the service beside its message: the request's id, its trace, and an operator's wish for all
// log lines about it. For libs/rpc only.
#pragma once

#include <grpcpp/client_context.h>

#include "rpc/call_span.hpp"
#include "rpc/client/reply.hpp"

namespace quittance::rpc::detail {

// A call without a trace has no span.
tracing::Span span_of_outgoing(const char* method, const base::TraceContext& trace);
// `trace`: of the call's own span.
void add_metadata(grpc::ClientContext& context, const CallOptions& options, const base::TraceContext& trace);

}  // namespace quittance::rpc::detail
