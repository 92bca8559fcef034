// Binds a generated callback method to a coroutine handler: the call hops to the loop, the handler runs there, its
// status finishes the call. One line per method in a service:
//
//   grpc::ServerUnaryReactor* GetInvoice(grpc::CallbackServerContext* context, const v1::GetInvoiceRequest* request,
//                                        v1::Invoice* response) override {
//       return dispatcher_.serve("InvoiceStore.GetInvoice", context, *request, *response,
//                                [this](const rpc::Call& call, const auto& in, auto& out) { return get(call, in, out);
//                                });
//   }
#pragma once

#include <grpcpp/support/server_callback.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <utility>

#include "rpc/call.hpp"
#include "rpc/server/callers.hpp"
#include "runtime/metrics.hpp"

namespace quittance::rpc {

struct DispatcherOptions {
    std::size_t calls_in_flight = 2'048;                 // more: RESOURCE_EXHAUSTED
    std::chrono::milliseconds default_deadline{30'000};  // for callers that set none, and the most that anybody gets
    const Callers* callers = nullptr;                    // who may call what, outlives us; null: everybody everything
};

class Dispatcher {
  public:
    Dispatcher(boost::asio::io_context& loop, DispatcherOptions options, runtime::Metrics& metrics);
    ~Dispatcher();

    // `handler` is copied; request and response live until the call is done, as gRPC promises.
    template <class Request, class Response, class Handler>
    grpc::ServerUnaryReactor* serve(const char* method, grpc::CallbackServerContext* context, const Request& request,
                                    Response& response, Handler handler) {
        auto* reactor = begin(method, context);
        if (!admitted(reactor)) return reactor_of(reactor);
        boost::asio::co_spawn(loop_,
                              run<Request, Response, Handler>(call_of(reactor), request, response, std::move(handler)),
                              [this, reactor](std::exception_ptr failure, grpc::Status status) {
                                  finish(reactor, failure, std::move(status));
                              });
        return reactor_of(reactor);
    }

  private:
    class UnaryCall;

    template <class Request, class Response, class Handler>
    static boost::asio::awaitable<grpc::Status> run(const Call& call, const Request& request, Response& response,
                                                    Handler handler) {
        co_return co_await handler(call, request, response);
    }

    UnaryCall* begin(const char* method, grpc::CallbackServerContext* context);
    static bool admitted(const UnaryCall* reactor);
    static const Call& call_of(const UnaryCall* reactor);
    static grpc::ServerUnaryReactor* reactor_of(UnaryCall* reactor);
    void finish(UnaryCall* reactor, std::exception_ptr failure, grpc::Status status);

    boost::asio::io_context& loop_;
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::rpc
