// Runs the handlers of unary gRPC methods as coroutines on the process's loop, and limits and counts the calls.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include "rpc/call.hpp"
#include "rpc/server/callers.hpp"
#include "runtime/metrics.hpp"
#include "tracing/span.hpp"

namespace quittance::rpc {

struct DispatcherOptions {
    std::size_t calls_in_flight = 2'048;                 // more: RESOURCE_EXHAUSTED
    std::chrono::milliseconds default_deadline{30'000};  // for calls without a deadline, and the longest of all calls
    const Callers* callers = nullptr;  // the rules, which must outlive the dispatcher; null: every call is allowed
};

namespace detail {

// One call in flight. gRPC owns it from the return of serve() to OnDone().
class UnaryCall final : public grpc::ServerUnaryReactor {
  public:
    UnaryCall(const char* its_method, grpc::CallbackServerContext& its_context);

    void OnDone() override { delete this; }
    void OnCancel() override { cancelled->store(true, std::memory_order_relaxed); }
    // By default gRPC hands each callback to another of its threads. Waking that thread costs more than these two do.
    bool InternalInlineable() override { return true; }

    const char* const method;
    grpc::CallbackServerContext& context;
    const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
    const std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
    Call call;
    tracing::Span span;  // the parent of what the handler begins
};

}  // namespace detail

class Dispatcher {
  public:
    Dispatcher(boost::asio::io_context& loop, DispatcherOptions options, runtime::Metrics& metrics);
    ~Dispatcher();

    // Calls `handler(const Call&, request, response)`, which returns awaitable<grpc::Status>, and awaits the coroutine
    // on the loop; its status finishes the call. The handler itself is called here, on a thread of gRPC: until its
    // coroutine begins it may only read its arguments. Call, request and response live until the call is done; the
    // handler must outlive the call where its coroutine uses it.
    template <class Request, class Response, class Handler>
    grpc::ServerUnaryReactor* serve(const char* method, grpc::CallbackServerContext* context, const Request& request,
                                    Response& response, const Handler& handler) {
        auto* unary = new detail::UnaryCall(method, *context);  // deletes itself in OnDone
        if (!admit(*unary)) return unary;
        try {
            start(*unary, handler(std::as_const(unary->call), request, response));
        } catch (...) {  // by the handler before its coroutine began
            finish(*unary, std::current_exception(), grpc::Status());
        }
        return unary;
    }

  private:
    // False: the call was refused and is finished.
    bool admit(detail::UnaryCall& unary);
    void start(detail::UnaryCall& unary, boost::asio::awaitable<grpc::Status> handling);
    void finish(detail::UnaryCall& unary, const std::exception_ptr& failure, grpc::Status status);

    boost::asio::io_context& loop_;
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::rpc
