// What the clients of our services share: a channel, a stub, and the rule for retries. Inside the library only.
//
// Every call may be retried by gRPC itself on a broken connection, if its proto marks it as idempotent
// (rpc/service_config.hpp). A call in the background may also be repeated here, while the service or Stripe is away.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>

#include "rpc/client/client.hpp"
#include "runtime/pause.hpp"

namespace quittance::clients {

// For calls in the background.
struct BackgroundRule {
    std::chrono::seconds attempt_time;
    int attempts;
};

template <class Service>
class RepeatedCalls {
  public:
    using Async = typename Service::StubInterface::async_interface;

    RepeatedCalls(const rpc::ChannelOptions& options, runtime::Metrics& metrics, BackgroundRule background)
        : metrics_(metrics),
          background_(background),
          channel_(rpc::make_channel(options)),
          stub_(Service::NewStub(channel_)) {}

    template <class Request, class Response>
    rpc::AsyncReply<Response> call(const char* name, rpc::Method<Async, Request, Response> method,
                                   const Request& request, const rpc::CallOptions& options) {
        if (options.in_background()) return call_in_background(name, method, request);
        return rpc::call<Async, Request, Response>(metrics_, name, method, stub_->async(), request, options);
    }

    grpc::Channel& channel() { return *channel_; }

  private:
    template <class Request, class Response>
    rpc::AsyncReply<Response> call_in_background(const char* name, rpc::Method<Async, Request, Response> method,
                                                 const Request& request) {
        for (int next_attempt = 1;; ++next_attempt) {
            const rpc::CallOptions options{std::chrono::system_clock::now() + background_.attempt_time};
            auto reply =
                co_await rpc::call<Async, Request, Response>(metrics_, name, method, stub_->async(), request, options);
            if (!reply.has_error() || next_attempt >= background_.attempts || !rpc::is_transient(reply.error()))
                co_return reply;
            const auto wait = wait_before(next_attempt, reply.error());
            co_await runtime::pause(wait);
        }
    }

    // As long as the service says, and at least half a second, doubled with each attempt.
    static std::chrono::milliseconds wait_before(int next_attempt, const grpc::Status& status) {
        constexpr std::int64_t kLongestMs = 30'000;
        const auto doubled = std::int64_t{250} << std::min(next_attempt, 7);
        return std::chrono::milliseconds(
            std::min(std::max(rpc::detail_of(status).retry_after_ms(), doubled), kLongestMs));
    }

    runtime::Metrics& metrics_;
    const BackgroundRule background_;
    std::shared_ptr<grpc::Channel> channel_;
    std::unique_ptr<typename Service::StubInterface> stub_;
};

}  // namespace quittance::clients
