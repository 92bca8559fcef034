#include "rpc/server/incoming.hpp"

#include "rpc/call_span.hpp"
#include "rpc/status.hpp"
#include "runtime/identifier.hpp"
#include "runtime/log.hpp"

namespace quittance::rpc::detail {
namespace {

std::string_view metadata_of(const grpc::CallbackServerContext& context, const char* name) {
    const auto& metadata = context.client_metadata();
    const auto found = metadata.find(name);
    return found == metadata.end() ? std::string_view() : std::string_view(found->second.data(), found->second.size());
}

}  // namespace

Call call_of(const char* method, const grpc::CallbackServerContext& context,
             std::shared_ptr<const std::atomic<bool>> cancelled) {
    Call call;
    call.method = method;
    call.request_id = runtime::request_id_or_new(metadata_of(context, "x-request-id"));
    auto trace = base::read_trace_context(metadata_of(context, "traceparent"), metadata_of(context, "tracestate"));
    if (trace) call.trace = std::move(*trace);
    call.log_raised = metadata_of(context, kLogWishName) == kLogWishValue;
    call.deadline = context.deadline();
    call.cancelled_flag = std::move(cancelled);
    return call;
}

std::string caller_of(const grpc::CallbackServerContext& context) {
    auto names = names_in(*context.auth_context());
    if (!names.empty()) return names;
    const auto peer = context.peer();  // "ipv4:192.0.2.7:41234"; a Unix socket has no port, and all its callers are one
    return peer.starts_with("unix:") ? "unix" : peer.substr(0, peer.rfind(':'));
}

std::optional<grpc::Status> refusal_of(const Callers* callers, const Call& call,
                                       const grpc::CallbackServerContext& context) {
    if (callers == nullptr) return std::nullopt;
    const auto caller = context.auth_context();
    return callers->refuse(call, *caller);
}

grpc::Status status_of_thrown(const Call& call, const std::exception_ptr& thrown) {
    std::string what = "not a std::exception";
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
        what = error.what();
    } catch (...) {
        // `what` keeps its first value.
    }
    runtime::log_error("a handler threw", {{"request_id", call.request_id},
                                           {"trace_id", base::trace_id_of(call.trace)},
                                           {"method", call.method},
                                           {"what", what}});
    return make_status(grpc::StatusCode::INTERNAL, "an unexpected error occurred", "internal");
}

}  // namespace quittance::rpc::detail
