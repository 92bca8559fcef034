// The coroutines of a loop that wait for gRPC calls. gRPC calls back on its own threads, possibly while the loop is
// being destroyed. So each loop keeps a list of them, and destroys those that are still waiting, as Asio does with its
// own operations. For libs/rpc only.
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

// One waiting coroutine. `work` keeps the loop running during the call. `context` owns everything that gRPC reads and
// writes.
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

// Adds the call to the list of its loop, on that loop. Returns the callback for gRPC, which is called once, on any
// thread: it resumes the coroutine on the loop, or does nothing if the loop is gone.
std::function<void(grpc::Status)> wait_on_loop(std::unique_ptr<WaitingCall> call);

}  // namespace quittance::rpc::detail
