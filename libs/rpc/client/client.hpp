// Unary calls from a coroutine. The call runs on gRPC's threads; the coroutine is resumed on its own executor.
//
//   auto answer = co_await rpc::call(channel, "InvoiceStore.GetInvoice", &Async::GetInvoice, stub->async(), request,
//   options);
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "rpc/arena_messages.hpp"
#include "rpc/client/pending_calls.hpp"
#include "rpc/status.hpp"
#include "rpc/tls/transport.hpp"
#include "runtime/metrics.hpp"

namespace quittance::rpc {

struct ChannelOptions {
    std::string address;  // "HOST:PORT", "dns:///HOST:PORT" (round robin over all addresses), "unix:PATH"
    int message_bytes = 8 * 1024 * 1024;
    Transport transport;
    // With TLS, the name that the server's certificate must carry; empty: the host of `address`.
    std::string server_name;
};

// The settings SERVICE_ADDRESS and SERVICE_TLS_NAME. `service`: "INVOICE_STORE".
ChannelOptions read_channel(const runtime::Configuration& configuration, const std::string& service,
                            const Transport& transport);

// Connects when first used, and again when it was lost, within a second.
std::shared_ptr<grpc::Channel> make_channel(const ChannelOptions& options);

// True once the channel is connected, without blocking; asks it to connect if it is idle. For readiness.
bool channel_ready(grpc::Channel& channel);

struct CallOptions {
    std::chrono::system_clock::time_point deadline;
    std::string request_id;
};

// Counts and times a call in quittance_rpc_client_*; `code` is the status code's name.
void record_call(runtime::Metrics& metrics, const char* method, const grpc::Status& status,
                 std::chrono::steady_clock::time_point start);

namespace detail {
void prepare(grpc::ClientContext& context, const CallOptions& options);

template <class Response>
struct Pending {
    grpc::ClientContext context;
    Response answer;
    Response& response() { return answer; }
};

// The answer lies in an arena.
template <class Response>
struct SharedPending {
    grpc::ClientContext context;
    google::protobuf::Arena arena{arena_of_answer()};
    Response* answer = google::protobuf::Arena::CreateMessage<Response>(&arena);
    Response& response() { return *answer; }
};

template <class Async, class Request, class Response>
using Method = void (Async::*)(grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>);

template <class Async, class Request, class Response, class PendingCall>
boost::asio::awaitable<grpc::Status> run(runtime::Metrics& metrics, const char* name,
                                         Method<Async, Request, Response> method, Async* stub, const Request& request,
                                         const CallOptions& options, std::shared_ptr<PendingCall> pending) {
    // gRPC writes `request` to the wire while the call starts; it does not need it afterwards.
    prepare(pending->context, options);
    const auto start = std::chrono::steady_clock::now();
    auto begin = [&](auto completion) {
        using Waiting = WaitingCallOf<decltype(completion)>;
        std::shared_ptr<grpc::ClientContext> context(pending, &pending->context);
        auto resume = wait_on_loop(std::make_unique<Waiting>(std::move(completion), std::move(context)));
        (stub->*method)(&pending->context, &request, &pending->response(), std::move(resume));
    };
    auto status = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(grpc::Status)>(
        begin, boost::asio::use_awaitable);
    record_call(metrics, name, status, start);
    co_return status;
}
}  // namespace detail

template <class Async, class Request, class Response>
boost::asio::awaitable<Result<Response>> call(runtime::Metrics& metrics, const char* name,
                                              void (Async::*method)(grpc::ClientContext*, const Request*, Response*,
                                                                    std::function<void(grpc::Status)>),
                                              Async* stub, const Request& request, const CallOptions& options) {
    auto pending = std::make_shared<detail::Pending<Response>>();
    const auto status = co_await detail::run(metrics, name, method, stub, request, options, pending);
    if (!status.ok()) co_return status;
    co_return std::move(pending->answer);
}

// The same for a large answer, which stays where it was read, in one piece of memory.
template <class Async, class Request, class Response>
boost::asio::awaitable<Result<std::shared_ptr<Response>>> call_shared(
    runtime::Metrics& metrics, const char* name,
    void (Async::*method)(grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>),
    Async* stub, const Request& request, const CallOptions& options) {
    auto pending = std::make_shared<detail::SharedPending<Response>>();
    const auto status = co_await detail::run(metrics, name, method, stub, request, options, pending);
    if (!status.ok()) co_return status;
    co_return std::shared_ptr<Response>(pending, pending->answer);
}

}  // namespace quittance::rpc
