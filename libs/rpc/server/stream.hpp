// Runs the handlers of server-streaming gRPC methods as coroutines on the process's loop. A handler writes one message
// at a time and waits until gRPC has taken it, so a slow reader holds one message in memory and not a queue. unary.hpp
// binds a method to its handler.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "rpc/call.hpp"
#include "rpc/server/callers.hpp"
#include "runtime/metrics.hpp"

namespace quittance::rpc {

namespace detail {

// gRPC's side of a stream, without the type of its messages.
class StreamEnd {
  public:
    virtual ~StreamEnd() = default;
    virtual void finish(grpc::Status status) = 0;  // called once, and last
    virtual void cancel() = 0;                     // drops the message that is being written
};

// The loop's side of a stream. All functions are called on the loop, unless their comment says otherwise.
class Stream : public std::enable_shared_from_this<Stream> {
  public:
    Stream(boost::asio::io_context& loop, Call its_call, std::string its_caller, const runtime::Counter& messages,
           StreamEnd& end);

    const Call& call() const { return call_; }
    const std::string& caller() const { return caller_; }
    bool over() const { return over_; }
    // Sets the status of a stream that is refused before its handler starts.
    void refuse(std::optional<grpc::Status> refusal) { refusal_ = std::move(refusal); }
    const std::optional<grpc::Status>& refusal() const { return refusal_; }
    // The status of a stream that end() has ended.
    const std::optional<grpc::Status>& ended_with() const { return ended_with_; }

    void begin_write() { writing_ = true; }
    boost::asio::awaitable<bool> written();
    boost::asio::awaitable<void> wait(std::chrono::steady_clock::time_point until);
    void wake();
    // Ends the stream. The handler notices when it next writes, waits or asks over().
    void end(grpc::Status status);
    // Call it when the handler has returned. A message that is still being written gets this time to leave.
    void finish(grpc::Status status, std::chrono::milliseconds last_write);

    // Called on gRPC's threads.
    void on_written(bool ok);
    void on_cancelled();
    // The flag is set when the caller goes away or its deadline passes.
    static std::shared_ptr<std::atomic<bool>> make_flag() { return std::make_shared<std::atomic<bool>>(false); }

  private:
    void finish_now();

    boost::asio::io_context& loop_;
    const Call call_;
    const std::string caller_;
    runtime::Counter messages_;
    StreamEnd* end_;                                   // null once the stream is finished
    std::optional<boost::asio::steady_timer> signal_;  // cancelled when the handler shall go on
    std::optional<boost::asio::steady_timer> last_write_timer_;
    std::optional<grpc::Status> refusal_;
    std::optional<grpc::Status> ended_with_;
    std::optional<grpc::Status> final_status_;  // sent when the message that is being written has left
    bool writing_ = false;
    bool write_failed_ = false;
    bool woken_ = false;
    bool over_ = false;
};

// gRPC's side of a stream. gRPC owns it from the return of serve() to OnDone().
template <class Response>
class StreamReactor final : public grpc::ServerWriteReactor<Response>, public StreamEnd {
  public:
    explicit StreamReactor(grpc::CallbackServerContext& context) : context_(context) {}

    void attach(std::shared_ptr<Stream> stream, std::shared_ptr<std::atomic<bool>> cancelled) {
        stream_ = std::move(stream);
        cancelled_ = std::move(cancelled);
    }
    void OnWriteDone(bool ok) override { stream_->on_written(ok); }
    void OnCancel() override {
        cancelled_->store(true, std::memory_order_relaxed);
        stream_->on_cancelled();
    }
    void OnDone() override { delete this; }
    void finish(grpc::Status status) override { this->Finish(std::move(status)); }
    void cancel() override { context_.TryCancel(); }

    void start(Response message) {
        message_ = std::move(message);
        stream_->begin_write();
        this->StartWrite(&message_);
    }

  private:
    grpc::CallbackServerContext& context_;
    std::shared_ptr<Stream> stream_;
    std::shared_ptr<std::atomic<bool>> cancelled_;
    Response message_;  // gRPC reads it until OnWriteDone
};

}  // namespace detail

// A handler writes its messages here. Use it on the loop, and all functions but wake() in the handler's own coroutine.
template <class Response>
class StreamWriter {
  public:
    StreamWriter(detail::Stream& stream, detail::StreamReactor<Response>& reactor)
        : stream_(stream), reactor_(reactor) {}

    // Returns true when gRPC has taken the message, or false when the caller is gone or the streams are being ended.
    boost::asio::awaitable<bool> write(Response message) {
        if (stream_.over()) co_return false;
        reactor_.start(std::move(message));
        co_return co_await stream_.written();
    }

    // Waits until this time at most. Returns earlier when wake() is called or the stream is over.
    boost::asio::awaitable<void> wait(std::chrono::steady_clock::time_point until) { return stream_.wait(until); }
    // Ends the present wait(), or else the next one. On the loop.
    void wake() { stream_.wake(); }

    // True when nothing more can be written. The handler then returns; a caller that is still there gets its status.
    bool over() const { return stream_.over(); }

  private:
    detail::Stream& stream_;
    detail::StreamReactor<Response>& reactor_;
};

struct StreamOptions {
    std::size_t streams = 256;                  // at one time; more: RESOURCE_EXHAUSTED
    std::size_t streams_of_caller = 64;         // the same for one caller, so that others still get theirs
    std::chrono::milliseconds last_write{500};  // for the message that is being written when a stream ends
    const Callers* callers = nullptr;  // the rules, which must outlive the dispatcher; null: every call is allowed
};

class StreamDispatcher {
  public:
    StreamDispatcher(boost::asio::io_context& loop, StreamOptions options, runtime::Metrics& metrics);
    ~StreamDispatcher();

    // `handler(const Call&, const Request&, StreamWriter<Response>&)` returns awaitable<grpc::Status>; it is copied.
    // The caller's deadline is the only one.
    template <class Response, class Request, class Handler>
    grpc::ServerWriteReactor<Response>* serve(const char* method, grpc::CallbackServerContext* context,
                                              const Request& request, Handler handler) {
        auto* reactor = new detail::StreamReactor<Response>(*context);  // deletes itself in OnDone
        auto cancelled = detail::Stream::make_flag();
        auto stream = begin(method, *context, cancelled, *reactor);
        reactor->attach(stream, std::move(cancelled));
        boost::asio::co_spawn(loop_, run<Request, Response, Handler>(stream, *reactor, request, std::move(handler)),
                              [this, stream](std::exception_ptr failure, grpc::Status status) {
                                  finish(stream, failure, std::move(status));
                              });
        return reactor;
    }

    // Ends every stream with UNAVAILABLE (reason "stopping") and refuses new ones. Call it before the server's
    // shutdown, which would wait for the streams. From any thread.
    void end_all();

  private:
    template <class Request, class Response, class Handler>
    boost::asio::awaitable<grpc::Status> run(std::shared_ptr<detail::Stream> stream,
                                             detail::StreamReactor<Response>& reactor, const Request& request,
                                             Handler handler) {
        if (auto refusal = admit(stream)) co_return std::move(*refusal);
        StreamWriter<Response> writer(*stream, reactor);
        co_return co_await handler(stream->call(), request, writer);
    }

    std::shared_ptr<detail::Stream> begin(const char* method, const grpc::CallbackServerContext& context,
                                          std::shared_ptr<const std::atomic<bool>> cancelled, detail::StreamEnd& end);
    std::optional<grpc::Status> admit(const std::shared_ptr<detail::Stream>& stream);
    void finish(const std::shared_ptr<detail::Stream>& stream, const std::exception_ptr& failure, grpc::Status status);

    boost::asio::io_context& loop_;
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace quittance::rpc
