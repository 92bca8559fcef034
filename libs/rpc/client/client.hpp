// Unary calls from a coroutine. The call runs on gRPC's threads; the coroutine is resumed on its own executor.
//
//   const auto reply = co_await rpc::call(metrics, "InvoiceStore.GetInvoice", &Async::GetInvoice, stub->async(),
//   request,
//                                         options);
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "rpc/arena_messages.hpp"
#include "rpc/client/outgoing.hpp"
#include "rpc/client/pending_calls.hpp"
#include "rpc/client/reply.hpp"
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

// True if the channel is connected, or becomes so within `wait`; asks it to connect if it is idle. For readiness.
bool channel_ready(grpc::Channel& channel, std::chrono::milliseconds wait = {});

// Counts and times a call in quittance_rpc_client_*; `code` is the status code's name.
void record_call(runtime::Metrics& metrics, const char* method, const grpc::Status& status,
                 std::chrono::steady_clock::time_point start);

namespace detail {

// All that gRPC reads and writes while a call is in flight. The reply is on the arena.
template <class Response>
struct PendingCall {
    PendingCall(const char* name, const CallOptions& options)
        : arena(arena_options(options.reply_bytes)), span(span_of_outgoing(name, options.trace)) {
        context.set_deadline(options.deadline);
        add_metadata(context, options, span.context());
    }

    grpc::ClientContext context;
    google::protobuf::Arena arena;
    Response* response = google::protobuf::Arena::CreateMessage<Response>(&arena);
    tracing::Span span;
};

}  // namespace detail

// A unary function of a generated stub's asynchronous interface.
template <class Async, class Request, class Response>
using Method = void (Async::*)(grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>);

// `options` must have a deadline. gRPC reads `request` while the call starts, and not afterwards.
template <class Async, class Request, class Response>
AsyncReply<Response> call(runtime::Metrics& metrics, const char* name, Method<Async, Request, Response> method,
                          Async* stub, const Request& request, const CallOptions& options) {
    const auto pending = std::make_shared<detail::PendingCall<Response>>(name, options);
    const auto start = std::chrono::steady_clock::now();
    auto begin = [&](auto completion) {
        using Waiting = detail::WaitingCallOf<decltype(completion)>;
        std::shared_ptr<grpc::ClientContext> context(pending, &pending->context);
        auto resume = detail::wait_on_loop(std::make_unique<Waiting>(std::move(completion), std::move(context)));
        (stub->*method)(&pending->context, &request, pending->response, std::move(resume));
    };
    auto status = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(grpc::Status)>(
        begin, boost::asio::use_awaitable);
    record_call(metrics, name, status, start);
    detail::end_span_of_call(pending->span, tracing::Kind::kClient, status);
    if (!status.ok()) co_return status;
    co_return std::shared_ptr<Response>(pending, pending->response);
}

}  // namespace quittance::rpc
