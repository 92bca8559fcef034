#include "rpc/server/stream.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <set>
#include <string>

#include "rpc/server/incoming.hpp"
#include "rpc/status.hpp"

namespace quittance::rpc {

namespace asio = boost::asio;

namespace detail {

Stream::Stream(asio::io_context& loop, Call its_call, std::string its_caller, const runtime::Counter& messages,
               StreamEnd& end)
    : loop_(loop),
      call_(std::move(its_call)),
      caller_(std::move(its_caller)),
      messages_(messages),
      end_(&end),
      signal_(loop) {}

asio::awaitable<bool> Stream::written() {
    boost::system::error_code ignored;
    auto quietly = asio::redirect_error(asio::use_awaitable, ignored);
    while (writing_ && !over_) {
        signal_->expires_at(std::chrono::steady_clock::time_point::max());
        co_await signal_->async_wait(quietly);
    }
    co_return !over_ && !write_failed_;
}

asio::awaitable<void> Stream::wait(std::chrono::steady_clock::time_point until) {
    boost::system::error_code ignored;
    auto quietly = asio::redirect_error(asio::use_awaitable, ignored);
    if (!woken_ && !over_) {
        signal_->expires_at(until);
        co_await signal_->async_wait(quietly);
    }
    woken_ = false;
}

void Stream::wake() {
    woken_ = true;
    if (signal_) signal_->cancel();
}

void Stream::end(grpc::Status status) {
    if (over_) return;
    over_ = true;
    ended_with_ = std::move(status);
    if (signal_) signal_->cancel();
}

void Stream::finish(grpc::Status status, std::chrono::milliseconds last_write) {
    over_ = true;
    signal_.reset();
    final_status_ = std::move(status);
    if (!writing_) return finish_now();
    // gRPC sends the status after the message. If the caller does not read, neither would ever leave: hence the timer.
    last_write_timer_.emplace(loop_, last_write);
    last_write_timer_->async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
        if (!cancelled && self->end_ != nullptr) self->end_->cancel();
    });
}

void Stream::finish_now() {
    last_write_timer_.reset();
    // After finish() gRPC may destroy its side at any time.
    std::exchange(end_, nullptr)->finish(std::move(*final_status_));
}

void Stream::on_written(bool ok) {
    asio::post(loop_, [self = shared_from_this(), ok] {
        self->writing_ = false;
        if (ok)
            self->messages_.increment();
        else
            self->write_failed_ = true;
        if (self->signal_) self->signal_->cancel();
        if (self->final_status_ && self->end_ != nullptr) self->finish_now();
    });
}

void Stream::on_cancelled() {
    asio::post(loop_, [self = shared_from_this()] {
        self->over_ = true;
        if (self->signal_) self->signal_->cancel();
    });
}

}  // namespace detail

struct StreamDispatcher::State {
    State(StreamOptions given, runtime::Metrics& all)
        : options(given),
          metrics(all),
          open_gauge(all.gauge("quittance_rpc_server_streams_open", "gRPC streams that are being served.")) {}

    void end_all() {
        ending = true;
        for (const auto& stream : open) stream->end(stopping());
    }

    static grpc::Status stopping() {
        return make_status(grpc::StatusCode::UNAVAILABLE, "the server is stopping", "stopping");
    }

    const StreamOptions options;
    runtime::Metrics& metrics;
    runtime::Gauge open_gauge;
    // Used on the loop only.
    std::set<std::shared_ptr<detail::Stream>> open;
    std::map<std::string, std::size_t> open_of_caller;
    bool ending = false;
};

StreamDispatcher::StreamDispatcher(asio::io_context& loop, StreamOptions options, runtime::Metrics& metrics)
    : loop_(loop), state_(std::make_shared<State>(options, metrics)) {}

StreamDispatcher::~StreamDispatcher() = default;

std::shared_ptr<detail::Stream> StreamDispatcher::begin(const char* method, const grpc::CallbackServerContext& context,
                                                        std::shared_ptr<const std::atomic<bool>> cancelled,
                                                        detail::StreamEnd& end) {
    const auto messages = state_->metrics.counter("quittance_rpc_server_stream_messages_total",
                                                  "Messages written to gRPC streams, by method.", {{"method", method}});
    auto stream = std::make_shared<detail::Stream>(loop_, detail::call_of(method, context, std::move(cancelled)),
                                                   detail::caller_of(context), messages, end);
    stream->refuse(detail::refusal_of(state_->options.callers, stream->call(), context));
    return stream;
}

std::optional<grpc::Status> StreamDispatcher::admit(const std::shared_ptr<detail::Stream>& stream) {
    if (stream->refusal()) return stream->refusal();
    if (state_->ending) return State::stopping();
    if (state_->open.size() >= state_->options.streams)
        return make_status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many streams at once", "too_many_streams");
    auto& of_caller = state_->open_of_caller[stream->caller()];
    if (of_caller >= state_->options.streams_of_caller)
        return make_status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                           "a caller may have " + std::to_string(of_caller) + " streams at once, and " +
                               stream->caller() + " has them; use one stream for many invoices",
                           "too_many_streams_of_caller");
    ++of_caller;
    state_->open.insert(stream);
    state_->open_gauge.set(static_cast<double>(state_->open.size()));
    return std::nullopt;
}

void StreamDispatcher::finish(const std::shared_ptr<detail::Stream>& stream, const std::exception_ptr& failure,
                              grpc::Status status) {
    if (failure) status = detail::status_of_thrown(stream->call(), failure);
    if (stream->ended_with()) status = *stream->ended_with();
    if (state_->open.erase(stream) > 0) {
        const auto of_caller = state_->open_of_caller.find(stream->caller());
        if (--of_caller->second == 0) state_->open_of_caller.erase(of_caller);
    }
    state_->open_gauge.set(static_cast<double>(state_->open.size()));
    state_->metrics
        .counter("quittance_rpc_server_calls_total", "gRPC calls answered, by method and code.",
                 {{"method", stream->call().method}, {"code", std::string(code_name(status.error_code()))}})
        .increment();
    stream->finish(std::move(status), state_->options.last_write);
}

void StreamDispatcher::end_all() {
    asio::post(loop_, [state = state_] { state->end_all(); });
}

}  // namespace quittance::rpc
