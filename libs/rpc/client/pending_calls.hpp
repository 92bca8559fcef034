// The coroutines of a loop that wait for gRPC calls. gRPC resumes them from threads of its own, at any time, also when
// the loop is about to go: so each loop keeps a list, and what is still on it when the loop goes is taken away with it,
// as Asio does with its own operations. Inside the library only.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>
#include <functional>
#include <memory>
#include <utility>

namespace quittance::rpc::detail {

// One of them. Its `work` keeps the loop running while only gRPC knows of the call; its `context` owns all that gRPC
// reads and writes.
struct WaitingCall {
    WaitingCall(boost::asio::any_io_executor its_executor, std::shared_ptr<grpc::ClientContext> its_context)
        : executor(std::move(its_executor)),
          work(boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked)),
          context(std::move(its_context)) {}
    virtual ~WaitingCall() = default;
    virtual void resume(grpc::Status status) = 0;

    boost::asio::any_io_executor executor;
    boost::asio::any_io_executor work;
    std::shared_ptr<grpc::ClientContext> context;
};

template <class Completion>
struct WaitingCallOf final : WaitingCall {
    WaitingCallOf(Completion its_completion, std::shared_ptr<grpc::ClientContext> its_context)
        : WaitingCall(boost::asio::get_associated_executor(its_completion), std::move(its_context)),
          completion(std::move(its_completion)) {}
    void resume(grpc::Status status) override { completion(std::move(status)); }

    Completion completion;
};

// Puts it on the list of its loop, from that loop. What comes back is for gRPC to call, once, from any thread: it posts
// the resumption, or does nothing where the loop is gone.
std::function<void(grpc::Status)> wait_on_loop(std::unique_ptr<WaitingCall> call);

}  // namespace quittance::rpc::detail
