#include "rpc/server/dispatcher.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <map>
#include <mutex>
#include <utility>

#include "rpc/server/incoming.hpp"
#include "rpc/service_config.hpp"
#include "rpc/status.hpp"

namespace quittance::rpc {

detail::UnaryCall::UnaryCall(const char* its_method, grpc::CallbackServerContext& its_context)
    : method(its_method), context(its_context), call(call_of(its_method, its_context, cancelled)) {}

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
    state_->in_flight_gauge.decrement();
    state_->in_flight.fetch_sub(1);
    // The handler has already retried its own backend by its own rules: a retry by the client's gRPC would not help.
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE)
        unary.context.AddTrailingMetadata(kNoRetryName, kNoRetryValue);
    unary.Finish(std::move(status));
}

}  // namespace quittance::rpc
