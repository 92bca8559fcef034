#include "rpc/server/dispatcher.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <map>
#include <mutex>
#include <utility>

#include "rpc/call_span.hpp"
#include "rpc/server/incoming.hpp"
#include "rpc/service_config.hpp"
#include "rpc/status.hpp"
#include "runtime/line_limit.hpp"
#include "runtime/log.hpp"

namespace quittance::rpc {

detail::UnaryCall::UnaryCall(const char* its_method, grpc::CallbackServerContext& its_context)
    : method(its_method),
      context(its_context),
      call(call_of(its_method, its_context, cancelled)),
      span(span_of_call(its_method, tracing::Kind::kServer, call.trace)) {
    call.trace = span.context();
    call.span = &span;
}

namespace {

constexpr double kFailureLinesPerSecond = 100;

// One line for each call: a failure always, within the limit, anything else at debug. What a caller could not know
// before it asked is no failure.
void log_call(const detail::UnaryCall& unary, const grpc::Status& status, double seconds, runtime::LineLimit& lines) {
    const auto& call = unary.call;
    const auto code = status.error_code();
    const bool failed = code != grpc::StatusCode::OK && code != grpc::StatusCode::NOT_FOUND;
    if (!failed && !runtime::logs_details(call.log_raised)) return;
    const auto left_out = failed && !call.log_raised ? lines.admit() : std::nullopt;
    if (failed && !left_out && !runtime::logs_details(call.log_raised)) return;
    // The fields are views.
    const auto reason = detail_of(status).reason();
    const auto detail = status.error_message();
    const auto trace_id = base::trace_id_of(call.trace);
    const std::initializer_list<runtime::Field> fields{{"method", call.method}, {"code", code_name(code)},
                                                       {"reason", reason},      {"detail", detail},
                                                       {"ms", seconds * 1'000}, {"request_id", call.request_id},
                                                       {"trace_id", trace_id},  {"left_out", left_out.value_or(0)}};
    if (left_out)
        runtime::log_info("a call failed", fields);
    else
        runtime::log_detail(call.log_raised, "a call was answered", fields);
}

}  // namespace

struct Dispatcher::State {
    struct MethodMetrics {
        runtime::Histogram seconds;
        std::map<grpc::StatusCode, runtime::Counter> calls;
    };

    State(DispatcherOptions given, runtime::Metrics& all)
        : options(given),
          metrics(all),
          in_flight_gauge(all.gauge("quittance_rpc_server_calls_in_flight", "gRPC calls being answered.")) {}

    void record(const char* method, grpc::StatusCode code, double seconds) {
        const std::lock_guard lock(mutex);
        auto& entry = metrics_of(method);
        auto counter = entry.calls.find(code);
        if (counter == entry.calls.end())
            counter = entry.calls
                          .emplace(code, metrics.counter("quittance_rpc_server_calls_total",
                                                         "gRPC calls answered, by method and code.",
                                                         {{"method", method}, {"code", std::string(code_name(code))}}))
                          .first;
        counter->second.increment();
        entry.seconds.observe(seconds);
    }

    MethodMetrics& metrics_of(const char* method) {
        const auto found = methods.find(method);
        if (found != methods.end()) return found->second;
        auto seconds = metrics.seconds("quittance_rpc_server_call_seconds", "From a gRPC call's arrival to its status.",
                                       {{"method", method}});
        return methods.emplace(method, MethodMetrics{std::move(seconds), {}}).first->second;
    }

    DispatcherOptions options;
    runtime::Metrics& metrics;
    runtime::Gauge in_flight_gauge;
    std::atomic<std::size_t> in_flight{0};
    std::mutex mutex;
    std::map<std::string_view, MethodMetrics> methods;
    runtime::LineLimit lines{kFailureLinesPerSecond};
};

Dispatcher::Dispatcher(boost::asio::io_context& loop, DispatcherOptions options, runtime::Metrics& metrics)
    : loop_(loop), state_(std::make_unique<State>(options, metrics)) {}

Dispatcher::~Dispatcher() = default;

bool Dispatcher::admit(detail::UnaryCall& unary) {
    const auto latest = std::chrono::system_clock::now() + state_->options.default_deadline;
    unary.call.deadline = std::min(unary.call.deadline, latest);
    const bool has_room = state_->in_flight.fetch_add(1) < state_->options.calls_in_flight;
    state_->in_flight_gauge.increment();
    auto refusal = has_room
                       ? detail::refusal_of(state_->options.callers, unary.call, unary.context)
                       : make_status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many calls at once", "too_many_calls");
    if (!refusal) return true;
    finish(unary, nullptr, std::move(*refusal));
    return false;
}

void Dispatcher::start(detail::UnaryCall& unary, boost::asio::awaitable<grpc::Status> handling) {
    boost::asio::co_spawn(loop_, std::move(handling),
                          [this, &unary](const std::exception_ptr& failure, grpc::Status status) {
                              finish(unary, failure, std::move(status));
                          });
}

void Dispatcher::finish(detail::UnaryCall& unary, const std::exception_ptr& failure, grpc::Status status) {
    if (failure) status = detail::status_of_thrown(unary.call, failure);
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - unary.start).count();
    state_->record(unary.method, status.error_code(), seconds);
    log_call(unary, status, seconds, state_->lines);
    detail::end_span_of_call(unary.span, tracing::Kind::kServer, status);
    state_->in_flight_gauge.decrement();
    state_->in_flight.fetch_sub(1);
    // The handler has already retried its own backend by its own rules: a retry by the client's gRPC would not help.
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE)
        unary.context.AddTrailingMetadata(kNoRetryName, kNoRetryValue);
    unary.Finish(std::move(status));
}

}  // namespace quittance::rpc
