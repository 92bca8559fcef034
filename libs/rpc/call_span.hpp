// The span of a gRPC call, on either side, by OpenTelemetry's conventions for RPC. For libs/rpc only.
#pragma once

#include <grpcpp/support/status.h>

#include <string_view>

#include "base/trace_context.hpp"
#include "tracing/span.hpp"

namespace quittance::rpc::detail {

// The metadata with an operator's wish for all log lines about a request.
inline constexpr const char* kLogWishName = "x-quittance-log";
inline constexpr const char* kLogWishValue = "debug";

// `method`: "InvoiceStore.GetInvoice".
tracing::Span span_of_call(std::string_view method, tracing::Kind kind, const base::TraceContext& trace);
// Ends it with the call's status. For a server only a failure of its own fails the span.
void end_span_of_call(tracing::Span& span, tracing::Kind kind, const grpc::Status& status);

}  // namespace quittance::rpc::detail
