// Calls to Stripe that end with an answer that stands, or with the reason why there is none: each try in its turn among
// the writes on the same objects, booked with the rate limiter, let through by the circuit, counted, timed, and
// repeated as retry.hpp says, within the caller's deadline.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "rpc/call.hpp"
#include "runtime/metrics.hpp"
#include "stripe_gateway/stripe_api/circuit_breaker.hpp"
#include "stripe_gateway/stripe_api/object_locks.hpp"
#include "stripe_gateway/stripe_api/rate_limiter.hpp"
#include "stripe_gateway/stripe_api/reachability.hpp"
#include "stripe_gateway/stripe_api/retry_policy.hpp"
#include "stripe_gateway/stripe_api/stripe_client.hpp"

namespace quittance::stripe_gateway {

using Deadline = std::chrono::steady_clock::time_point;

// For whom a call is made, and how long that one waits. Trivially copied: it may stand in a co_await expression.
struct Terms {
    Deadline deadline;
    bool background = false;            // may wait behind calls that somebody waits for
    const rpc::Call* caller = nullptr;  // where this one goes away before the call's first try, nothing is sent
};

struct CallResult {
    StripeOutcome outcome;               // of the last try
    Verdict verdict = Verdict::kStands;  // never kRepeat
    bool tried_before = false;  // an earlier try of this very call may have had the effect: a replay may be our own

    // Null where there was none.
    const StripeAnswer* answer() const { return std::get_if<StripeAnswer>(&outcome); }
    bool ok() const { return answer() && answer()->ok(); }
    int status() const { return answer() ? answer()->status : 0; }
};

struct CallLimits {
    RetryLimits retry;
    RateLimits rate;
    CircuitLimits circuit;
    // For one try. Longer than Stripe's slow answers, so that those are waited for; shorter than a creation's whole
    // time, so that a connection that swallows everything leaves time for another.
    std::chrono::milliseconds try_time{15'000};
};

class Calls {
  public:
    // `account`: the label of the account that the client's key belongs to.
    Calls(StripeClient& client, CallLimits limits, std::string account, runtime::Metrics& metrics);

    boost::asio::awaitable<CallResult> run(StripeRequest request, Terms terms);

    // For operators: whether Stripe answers. From any thread.
    std::string describe(std::chrono::steady_clock::time_point now) const;

  private:
    boost::asio::awaitable<StripeOutcome> try_once(const StripeRequest& request, Terms terms, bool first);
    // Waits until the rate limiter lets the call go; false where that is not before the deadline.
    boost::asio::awaitable<bool> wait_for_rate(const StripeRequest& request, Terms terms);
    boost::asio::awaitable<StripeOutcome> send(const StripeRequest& request, Terms terms, bool first);
    // How long Stripe is not to be asked; nothing where it may be.
    std::optional<std::chrono::milliseconds> look_at_circuit(std::chrono::steady_clock::time_point now);
    void show_circuit();
    void record(const StripeRequest& request, const StripeOutcome& outcome, std::chrono::steady_clock::duration took);
    void count(std::string_view endpoint, const StripeOutcome& outcome, std::chrono::steady_clock::duration took);

    // The metrics of an endpoint, kept because looking them up by their labels costs more than counting.
    struct Counted {
        prometheus::Histogram& seconds;
        std::map<std::string, prometheus::Counter*> tries;  // by status
    };

    StripeClient& client_;
    CallLimits limits_;
    const std::string account_;
    RateLimiter limiter_;
    Circuit circuit_;
    WriteOrder order_;
    Reachability reachability_;
    runtime::Metrics& metrics_;
    std::map<std::string, Counted, std::less<>> counted_;  // by endpoint
    prometheus::Gauge& circuit_gauge_;
    prometheus::Counter& circuit_openings_;
};

// Sleeps on the caller's loop.
boost::asio::awaitable<void> pause(std::chrono::steady_clock::duration time);

}  // namespace quittance::stripe_gateway
