#include "integration/http/loop_thread.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <stdexcept>

#include "support/patience.hpp"

namespace quittance::test {

namespace asio = boost::asio;

LoopThread::LoopThread() {
    thread_ = std::thread([this] {
        const auto work = asio::make_work_guard(loop_);
        loop_.run();
    });
}

LoopThread::~LoopThread() {
    stop();
}

void LoopThread::stop() {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
}

void LoopThread::run(const std::function<asio::awaitable<void>()>& work) {
    auto done = std::make_shared<std::promise<void>>();
    auto result = done->get_future();
    asio::post(loop_, [this, &work, done] {
        asio::co_spawn(loop_, work(), [done](std::exception_ptr error) {
            if (error)
                done->set_exception(error);
            else
                done->set_value();
        });
    });
    if (result.wait_for(kPatience) != std::future_status::ready) {
        // The coroutine may refer to what the caller is about to take away: it must not run again.
        stop();
        throw std::runtime_error("a coroutine of the test did not end in time");
    }
    result.get();
}

void LoopThread::start(std::function<asio::awaitable<void>()> work) {
    asio::post(loop_, [this, work = std::move(work)] {
        auto kept = std::make_shared<std::function<asio::awaitable<void>()>>(work);
        asio::co_spawn(loop_, (*kept)(), [kept](std::exception_ptr) {});
    });
}

void LoopThread::call(const std::function<void()>& work) {
    std::promise<void> done;
    asio::post(loop_, [&] {
        work();
        done.set_value();
    });
    done.get_future().get();
}

struct Gate::State {
    explicit State(asio::io_context& loop) : timer(loop, asio::steady_timer::time_point::max()) {}
    asio::steady_timer timer;
    std::atomic<bool> open{false};
    std::atomic<int> arrived{0};
    std::atomic<int> held{0};
};

Gate::Gate(asio::io_context& loop) : state_(std::make_shared<State>(loop)) {}
Gate::~Gate() = default;

asio::awaitable<void> Gate::pass() {
    const auto state = state_;
    ++state->arrived;
    ++state->held;
    boost::system::error_code ignored;
    while (!state->open) co_await state->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    --state->held;
}

void Gate::open() {
    asio::post(state_->timer.get_executor(), [state = state_] {
        state->open = true;
        state->timer.cancel();
    });
}

int Gate::arrived() const {
    return state_->arrived;
}
int Gate::held() const {
    return state_->held;
}

}  // namespace quittance::test
