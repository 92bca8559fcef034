// Server streaming for coroutine handlers: the handler runs on the loop and writes one message after the other, each
// when gRPC has taken the one before. A reader that is slow holds one message of ours, not a queue of them.
//
//   grpc::ServerWriteReactor<v1::WatchInvoicesResponse>* WatchInvoices(grpc::CallbackServerContext* context,
//                                                                      const v1::WatchInvoicesRequest* request)
//                                                                      override {
//       return streams_.serve<v1::WatchInvoicesRequest, v1::WatchInvoicesResponse>(
//           "InvoiceStore.WatchInvoices", context, *request,
//           [this](const rpc::Call& call, const auto& in, auto& out) { return watch(call, in, out); });
//   }
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
#include <utility>

#include "rpc/call.hpp"
#include "rpc/server/callers.hpp"
#include "runtime/metrics.hpp"

namespace quittance::rpc {

namespace detail {

// gRPC's side of a stream, whatever its messages are.
class StreamEnd {
  public:
    virtual ~StreamEnd() = default;
    virtual void finish(grpc::Status status) = 0;  // once; nothing is called afterwards
    virtual void cancel() = 0;                     // what is being written is given up
};

// The loop's side. Everything is called on the loop, except what says otherwise.
class Stream : public std::enable_shared_from_this<Stream> {
  public:
    Stream(boost::asio::io_context& loop, Call its_call, prometheus::Counter& messages, StreamEnd& end);

    const Call& call() const { return call_; }
    bool over() const { return over_; }
    // Why it is not to be served at all. Before the handler starts.
    void refuse(std::optional<grpc::Status> refusal) { refusal_ = std::move(refusal); }
    const std::optional<grpc::Status>& refusal() const { return refusal_; }
    // Why, where we ended it ourselves.
    const std::optional<grpc::Status>& ended_with() const { return ended_with_; }

    void begin_write() { writing_ = true; }
    boost::asio::awaitable<bool> written();
    boost::asio::awaitable<void> wait(std::chrono::steady_clock::time_point until);
    void wake();
    // From now on it is over. The handler notices at its next step.
    void end(grpc::Status status);
    // The handler is done. A message that is still on its way gets `patience` to leave.
    void finish(grpc::Status status, std::chrono::milliseconds patience);

    // From gRPC's threads.
    void on_written(bool ok);
    void on_cancelled();
    // Set when the caller went away or its deadline passed.
    static std::shared_ptr<std::atomic<bool>> make_flag() { return std::make_shared<std::atomic<bool>>(false); }

  private:
    void finish_now();

    boost::asio::io_context& loop_;
    const Call call_;
    prometheus::Counter& messages_;
    StreamEnd* end_;                                   // null once it is finished
    std::optional<boost::asio::steady_timer> signal_;  // what the handler waits on
    std::optional<boost::asio::steady_timer> patience_;
    std::optional<grpc::Status> refusal_;
    std::optional<grpc::Status> ended_with_;
    std::optional<grpc::Status> last_word_;  // waits for the message under way
    bool writing_ = false;
    bool write_failed_ = false;
    bool woken_ = false;
    bool over_ = false;
};

// gRPC owns it from the return of serve() to OnDone().
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

// What a handler writes to. All of it on the loop, from the handler's own coroutine, except wake().
template <class Response>
class StreamWriter {
  public:
    StreamWriter(detail::Stream& stream, detail::StreamReactor<Response>& reactor)
        : stream_(stream), reactor_(reactor) {}

    // Returns when gRPC has taken the message: true; or false: nobody reads any more, or the streams are being ended.
    boost::asio::awaitable<bool> write(Response message) {
        if (stream_.over()) co_return false;
        reactor_.start(std::move(message));
        co_return co_await stream_.written();
    }

    // Until then at most; earlier when it is woken or over.
    boost::asio::awaitable<void> wait(std::chrono::steady_clock::time_point until) { return stream_.wait(until); }
    // Ends a wait(), or the next one where there is none. On the loop.
    void wake() { stream_.wake(); }

    // Nothing more can be written. The handler returns; what it returns counts only where the caller is still there.
    bool over() const { return stream_.over(); }

  private:
    detail::Stream& stream_;
    detail::StreamReactor<Response>& reactor_;
};

struct StreamOptions {
    std::size_t streams = 256;                  // at one time; more: RESOURCE_EXHAUSTED
    std::chrono::milliseconds last_write{500};  // that a message under way gets to leave when the streams are ended
    const Callers* callers = nullptr;           // who may call what, outlives us; null: everybody everything
};

class StreamDispatcher {
  public:
    StreamDispatcher(boost::asio::io_context& loop, StreamOptions options, runtime::Metrics& metrics);
    ~StreamDispatcher();

    // `handler(const Call&, const Request&, StreamWriter<Response>&)` is copied. There is no deadline but the caller's.
    template <class Request, class Response, class Handler>
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

    // Ends every stream with UNAVAILABLE (reason "stopping") and refuses new ones: before the server's shutdown, which
    // would wait for them. From any thread.
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
