#include "stripe_gateway/calls.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>

#include "runtime/log.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

double uniform() {
    thread_local std::mt19937_64 engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

std::string status_label(const StripeOutcome& outcome) {
    if (const auto* answer = std::get_if<StripeAnswer>(&outcome)) return std::to_string(answer->status);
    return std::string(transient_reason(outcome));
}

Repeat repeat_of(const StripeRequest& request) {
    if (request.method != "POST") return Repeat::kHarmless;
    return request.idempotency_key.empty() ? Repeat::kHarms : Repeat::kKeyed;
}

// Whether this try may have done what was asked, though nobody said so.
bool maybe_done(const StripeOutcome& outcome) {
    if (const auto* answer = std::get_if<StripeAnswer>(&outcome)) return answer->status >= 500 || answer->status == 424;
    return std::get<NoAnswer>(outcome).sent;
}

}  // namespace

asio::awaitable<void> pause(steady_clock::duration time) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(time);
    co_await timer.async_wait(asio::use_awaitable);
}

Calls::Calls(StripeClient& client, CallLimits limits, runtime::Metrics& metrics)
    : client_(client), limits_(limits), limiter_(limits.rate), metrics_(metrics) {}

asio::awaitable<CallResult> Calls::run(StripeRequest request, Deadline deadline) {
    const auto repeat = repeat_of(request);
    bool tried_before = false;
    for (int attempt = 1;; ++attempt) {
        auto outcome = co_await try_once(request, deadline);
        const auto remaining = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
        const auto decision = decide(outcome, repeat, attempt, remaining, limits_.retry, uniform());
        if (decision.verdict != Verdict::kRepeat)
            co_return CallResult{std::move(outcome), decision.verdict, tried_before};
        metrics_
            .counter("quittance_stripe_retries_total", "Calls to Stripe that were repeated, by the reason",
                     {{"endpoint", std::string(request.endpoint)}, {"reason", std::string(decision.reason)}})
            .Increment();
        tried_before = tried_before || maybe_done(outcome);
        co_await pause(decision.wait);
    }
}

asio::awaitable<StripeOutcome> Calls::try_once(const StripeRequest& request, Deadline deadline) {
    const auto booked = limiter_.book(request.endpoint, steady_clock::now(), deadline);
    if (!booked) co_return NoAnswer{"our own rate limit", false, false, true};
    if (*booked > steady_clock::duration::zero()) co_await pause(*booked);
    const auto start = steady_clock::now();
    const auto until = std::min(deadline, start + limits_.try_time);
    auto outcome = co_await client_.send(request, until);
    record(request, outcome, steady_clock::now() - start);
    co_return outcome;
}

void Calls::record(const StripeRequest& request, const StripeOutcome& outcome, steady_clock::duration took) {
    const std::string endpoint(request.endpoint);
    reachability_.record(outcome, steady_clock::now());
    metrics_
        .counter("quittance_stripe_calls_total", "Calls to Stripe, each try, by its HTTP status or why there is none",
                 {{"endpoint", endpoint}, {"status", status_label(outcome)}})
        .Increment();
    metrics_.seconds("quittance_stripe_call_seconds", "Time of one try of a call to Stripe", {{"endpoint", endpoint}})
        .Observe(std::chrono::duration<double>(took).count());
    if (const auto* none = std::get_if<NoAnswer>(&outcome)) {
        runtime::log_warn("no answer from Stripe",
                          {{"endpoint", endpoint}, {"reason", none->reason}, {"sent", none->sent}});
        return;
    }
    const auto& answer = std::get<StripeAnswer>(outcome);
    runtime::log_debug("call to Stripe", {{"endpoint", endpoint},
                                          {"status", answer.status},
                                          {"stripe_request_id", answer.request_id},
                                          {"replayed", answer.replayed}});
    if (answer.status == 401)
        runtime::log_error("Stripe refuses our API key", {{"stripe_request_id", answer.request_id}});
    if (answer.status == 403)
        runtime::log_error("our API key lacks a permission at Stripe", {{"endpoint", endpoint},
                                                                        {"stripe_says", answer.error.message()},
                                                                        {"stripe_request_id", answer.request_id}});
}

}  // namespace quittance::stripe_gateway
