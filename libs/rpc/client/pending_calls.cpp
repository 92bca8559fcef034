#include "rpc/client/pending_calls.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <list>
#include <mutex>

namespace quittance::rpc::detail {
namespace {

namespace asio = boost::asio;

// Shared by the loop and by the callbacks that gRPC still holds.
struct Board {
    std::mutex mutex;
    bool closed = false;
    std::list<std::unique_ptr<WaitingCall>> calls;
};

// gRPC writes into a call until it calls back. Destroying the last call of a channel may destroy the channel, which
// waits for gRPC's threads. In a callback, on one of these threads, it would wait for itself. So calls that are in
// flight when a loop is destroyed are never freed: they are few, and the process is about to end.
void keep_for_ever(std::shared_ptr<grpc::ClientContext> context) {
    static std::mutex mutex;
    static auto* kept = new std::list<std::shared_ptr<grpc::ClientContext>>;
    const std::lock_guard lock(mutex);
    kept->push_back(std::move(context));
}

// Owned by the loop. Closes the board before the rest of the loop is destroyed.
class PendingCalls : public asio::execution_context::service {
  public:
    static inline asio::execution_context::id id;  // NOLINT(readability-identifier-naming): Asio asks for the name

    explicit PendingCalls(asio::execution_context& loop) : asio::execution_context::service(loop) {}

    const std::shared_ptr<Board>& board() const { return board_; }

  private:
    void shutdown() override {
        std::list<std::unique_ptr<WaitingCall>> left;
        {
            // A callback posts to the loop while it holds the mutex. So after we have it, none does.
            const std::lock_guard lock(board_->mutex);
            board_->closed = true;
            left.swap(board_->calls);
        }
        for (const auto& call : left) {
            call->context->TryCancel();
            keep_for_ever(std::move(call->context));
        }
    }

    std::shared_ptr<Board> board_ = std::make_shared<Board>();
};

}  // namespace

std::function<void(grpc::Status)> wait_on_loop(std::unique_ptr<WaitingCall> call) {
    auto& loop = asio::query(call->executor, asio::execution::context);
    const auto board = asio::use_service<PendingCalls>(loop).board();
    const std::lock_guard lock(board->mutex);
    board->calls.push_back(std::move(call));
    return [board, place = std::prev(board->calls.end())](grpc::Status status) {
        const std::lock_guard callback_lock(board->mutex);
        if (board->closed) return;
        auto waiting = std::move(*place);
        board->calls.erase(place);
        // This executor tracks no work: a copy of it may outlive the loop.
        const auto executor = waiting->executor;
        asio::post(executor, [waiting = std::move(waiting), status = std::move(status)]() mutable {
            waiting->resume(std::move(status));
        });
    };
}

}  // namespace quittance::rpc::detail
