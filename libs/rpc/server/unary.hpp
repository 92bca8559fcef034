// Binds the methods of a generated gRPC service to coroutine handlers, one line a method.
//
//   class Methods final : public v1::InvoiceStore::CallbackService {
//       QUITTANCE_UNARY(InvoiceStore, GetInvoice, invoices_.get_invoice)
//       QUITTANCE_SERVER_STREAM(InvoiceStore, WatchInvoices, watch_.watch_invoices)
//
//       rpc::Dispatcher dispatcher_;       // every class with QUITTANCE_UNARY has this member,
//       rpc::StreamDispatcher streams_;    // and every class with QUITTANCE_SERVER_STREAM this one
//   };
//
// A handler has the parameters (const rpc::Call&, const Request&, Response&), for a stream StreamWriter<Response>&, and
// returns awaitable<grpc::Status>. The macros take the types of the messages from the generated stub, and they make the
// method's name "InvoiceStore.GetInvoice", by which metrics, logs and rules for callers know it.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>
#include <grpcpp/support/sync_stream.h>

#include <memory>

namespace quittance::rpc::detail {

// The messages of a method, from the type of a generated stub's function.
template <class StubFunction>
struct Messages;
template <class Stub, class TheRequest, class TheResponse>
struct Messages<grpc::Status (Stub::*)(grpc::ClientContext*, const TheRequest&, TheResponse*)> {
    using Request = TheRequest;
    using Response = TheResponse;
};
template <class Stub, class TheRequest, class TheResponse>
struct Messages<std::unique_ptr<grpc::ClientReaderInterface<TheResponse>> (Stub::*)(grpc::ClientContext*,
                                                                                    const TheRequest&)> {
    using Request = TheRequest;
    using Response = TheResponse;
};

}  // namespace quittance::rpc::detail

// The messages of a method of a service in quittance.v1.
#define QUITTANCE_MESSAGES(Service, Method) \
    ::quittance::rpc::detail::Messages<decltype(&::quittance::v1::Service::StubInterface::Method)>

#define QUITTANCE_UNARY(Service, Method, handler)                                                        \
    grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context,                               \
                                     const QUITTANCE_MESSAGES(Service, Method)::Request* request,        \
                                     QUITTANCE_MESSAGES(Service, Method)::Response* response) override { \
        const auto handle = [this](const ::quittance::rpc::Call& call, const auto& in, auto& out) {      \
            return handler(call, in, out);                                                               \
        };                                                                                               \
        return dispatcher_.serve(#Service "." #Method, context, *request, *response, handle);            \
    }

#define QUITTANCE_SERVER_STREAM(Service, Method, handler)                                                             \
    grpc::ServerWriteReactor<QUITTANCE_MESSAGES(Service, Method)::Response>* Method(                                  \
        grpc::CallbackServerContext* context, const QUITTANCE_MESSAGES(Service, Method)::Request* request) override { \
        const auto handle = [this](const ::quittance::rpc::Call& call, const auto& in, auto& out) {                   \
            return handler(call, in, out);                                                                            \
        };                                                                                                            \
        return streams_.serve<QUITTANCE_MESSAGES(Service, Method)::Response>(#Service "." #Method, context, *request, \
                                                                             handle);                                 \
    }
