#include "rpc/call_span.hpp"

#include <string>

#include "rpc/status.hpp"

namespace quittance::rpc::detail {
namespace {

// https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ lists the codes that are errors of a server.
bool is_servers_failure(grpc::StatusCode code) {
    switch (code) {
        case grpc::StatusCode::UNKNOWN:
        case grpc::StatusCode::DEADLINE_EXCEEDED:
        case grpc::StatusCode::UNIMPLEMENTED:
        case grpc::StatusCode::INTERNAL:
        case grpc::StatusCode::UNAVAILABLE:
        case grpc::StatusCode::DATA_LOSS:
            return true;
        default:
            return false;
    }
}

}  // namespace

tracing::Span span_of_call(std::string_view method, tracing::Kind kind, const base::TraceContext& trace) {
    tracing::Span span(method, kind, trace);
    if (!span.recording()) return span;
    const auto dot = method.find('.');
    const auto service = "quittance.v1." + std::string(method.substr(0, dot));
    const auto name = std::string(method.substr(dot + 1));
    span.rename(service + "/" + name);
    span.set({"rpc.system", "grpc"});
    span.set({"rpc.service", service});
    span.set({"rpc.method", name});
    return span;
}

void end_span_of_call(tracing::Span& span, tracing::Kind kind, const grpc::Status& status) {
    if (!span.recording()) return;
    const auto code = status.error_code();
    span.set({"rpc.grpc.status_code", static_cast<std::int64_t>(code)});
    if (kind == tracing::Kind::kServer ? is_servers_failure(code) : !status.ok()) span.fail(code_name(code));
    span.end();
}

}  // namespace quittance::rpc::detail
