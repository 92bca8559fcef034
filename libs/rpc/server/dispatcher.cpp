#include <grpcpp/server_context.h>

#include <map>
#include <mutex>

#include "rpc/server/incoming.hpp"
#include "rpc/server/unary.hpp"
#include "rpc/service_config.hpp"
#include "rpc/status.hpp"

namespace quittance::rpc {

// One call in flight. gRPC owns it from the return of serve() to OnDone().
class Dispatcher::UnaryCall : public grpc::ServerUnaryReactor {
  public:
    void OnDone() override { delete this; }
    void OnCancel() override { cancelled->store(true, std::memory_order_relaxed); }
    // gRPC would hand each of the two to one more thread of its own, for what takes less than waking it.
    bool InternalInlineable() override { return true; }

    Call call;
    grpc::CallbackServerContext* context = nullptr;
    std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
    std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
    const char* method = "";
    bool admitted = false;
};

struct Dispatcher::State {
    struct MethodMetrics {
        std::map<grpc::StatusCode, prometheus::Counter*> calls;
        prometheus::Histogram* seconds = nullptr;
    };

    State(DispatcherOptions given, runtime::Metrics& all)
        : options(given),
          metrics(all),
          in_flight_gauge(all.gauge("quittance_rpc_server_calls_in_flight", "gRPC calls being answered.")) {}

    void record(const char* method, grpc::StatusCode code, double seconds) {
        const std::lock_guard lock(mutex);
        auto& entry = methods[method];
        auto& counter = entry.calls[code];
        if (counter == nullptr)
            counter = &metrics.counter("quittance_rpc_server_calls_total", "gRPC calls answered, by method and code.",
                                       {{"method", method}, {"code", std::string(code_name(code))}});
        if (entry.seconds == nullptr)
            entry.seconds = &metrics.seconds("quittance_rpc_server_call_seconds",
                                             "From a gRPC call's arrival to its status.", {{"method", method}});
        counter->Increment();
        entry.seconds->Observe(seconds);
    }

    DispatcherOptions options;
    runtime::Metrics& metrics;
    prometheus::Gauge& in_flight_gauge;
    std::atomic<std::size_t> in_flight{0};
    std::mutex mutex;
    std::map<std::string_view, MethodMetrics> methods;
};

Dispatcher::Dispatcher(boost::asio::io_context& loop, DispatcherOptions options, runtime::Metrics& metrics)
    : loop_(loop), state_(std::make_unique<State>(options, metrics)) {}

Dispatcher::~Dispatcher() = default;

Dispatcher::UnaryCall* Dispatcher::begin(const char* method, grpc::CallbackServerContext* context) {
    auto* reactor = new UnaryCall;  // deletes itself in OnDone
    reactor->method = method;
    reactor->context = context;
    reactor->call = detail::call_of(method, *context, reactor->cancelled);
    const auto latest = std::chrono::system_clock::now() + state_->options.default_deadline;
    reactor->call.deadline = std::min(reactor->call.deadline, latest);
    reactor->admitted = state_->in_flight.fetch_add(1) < state_->options.calls_in_flight;
    state_->in_flight_gauge.Increment();
    if (!reactor->admitted) {
        finish(reactor, nullptr,
               make_status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many calls at once", "too_many_calls"));
    } else if (auto refusal = detail::refusal_of(state_->options.callers, reactor->call, *context)) {
        reactor->admitted = false;
        finish(reactor, nullptr, std::move(*refusal));
    }
    return reactor;
}

bool Dispatcher::admitted(const UnaryCall* reactor) {
    return reactor->admitted;
}
const Call& Dispatcher::call_of(const UnaryCall* reactor) {
    return reactor->call;
}
grpc::ServerUnaryReactor* Dispatcher::reactor_of(UnaryCall* reactor) {
    return reactor;
}

void Dispatcher::finish(UnaryCall* reactor, std::exception_ptr failure, grpc::Status status) {
    if (failure) status = detail::status_of_thrown(reactor->call, failure);
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - reactor->start).count();
    state_->record(reactor->method, status.error_code(), seconds);
    state_->in_flight_gauge.Decrement();
    state_->in_flight.fetch_sub(1);
    // The answer of a service that could ask its own backend no better a second time, and has tried by its own rules.
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE)
        reactor->context->AddTrailingMetadata(kNoRepeatName, kNoRepeatValue);
    reactor->Finish(std::move(status));
}

}  // namespace quittance::rpc
