// Sends a request to Stripe and retries it until it succeeds, fails for good, or the deadline passes. Each attempt
// waits for other writes on the same object, takes a rate-limit token and asks the circuit breaker. Each attempt is
// counted and timed. The rules of retries are in retry_policy.hpp.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "rpc/call.hpp"
#include "runtime/metrics.hpp"
#include "stripe_gateway/stripe_api/account_identity.hpp"
#include "stripe_gateway/stripe_api/circuit_breaker.hpp"
#include "stripe_gateway/stripe_api/object_locks.hpp"
#include "stripe_gateway/stripe_api/rate_limiter.hpp"
#include "stripe_gateway/stripe_api/reachability.hpp"
#include "stripe_gateway/stripe_api/retry_policy.hpp"
#include "stripe_gateway/stripe_api/stripe_client.hpp"
#include "stripe_gateway/stripe_api/stripe_try.hpp"

namespace quittance::stripe_gateway {

using Deadline = std::chrono::steady_clock::time_point;

// The time and the priority of a call. Trivially copied, so it may stand in a co_await expression.
struct CallBudget {
    Deadline deadline;
    bool background = false;            // lets live calls go first
    const rpc::Call* caller = nullptr;  // once this caller has cancelled, no attempt is sent
    bool first_anyway = false;          // except the first: a step whose effect is wanted although nobody waits for it
    const rpc::Call* origin = nullptr;  // the request behind the call, for log lines and spans
};

struct CallResult {
    StripeOutcome outcome;              // of the last try
    Verdict verdict = Verdict::kFinal;  // never kRepeat
    bool tried_before = false;  // an earlier try of this very call may have had the effect: a replay may be our own

    // Null if Stripe did not answer.
    const StripeAnswer* answer() const { return std::get_if<StripeAnswer>(&outcome); }
    bool ok() const { return answer() && answer()->ok(); }
    int status() const { return answer() ? answer()->status : 0; }
};

struct CallLimits {
    RetryLimits retry;
    RateLimits rate;
    CircuitLimits circuit;
    // The time of one attempt. It is longer than Stripe's slow answers take. It is shorter than a creation's whole
    // time, so that a dead connection leaves time for another attempt.
    std::chrono::milliseconds try_time{15'000};
};

class Calls {
  public:
    // `account`: the label of the account that the client's key belongs to. `client` and `metrics` must outlive this.
    Calls(StripeClient& client, CallLimits limits, std::string account, runtime::Metrics& metrics);

    boost::asio::awaitable<CallResult> run(StripeRequest request, CallBudget budget);

    // Whose key the client has. Trusted unless somebody requires a check.
    AccountIdentity& identity() { return identity_; }
    const AccountIdentity& identity() const { return identity_; }

    // For operators: whether Stripe answers, and whether the account is verified. From any thread.
    std::string describe(std::chrono::steady_clock::time_point now) const;

  private:
    boost::asio::awaitable<StripeOutcome> attempt(const StripeRequest& request, CallBudget budget, int number);
    // Waits for a token of the rate limiter. False if the token would come after the deadline.
    boost::asio::awaitable<bool> wait_for_rate(const StripeRequest& request, CallBudget budget);
    void show_circuit(CircuitBreaker::State state, std::string_view why);
    void count_retry(const StripeRequest& request, std::string_view reason);
    void record(const StripeTry& attempt, const StripeOutcome& outcome, std::chrono::steady_clock::duration took);
    void count(std::string_view endpoint, const StripeOutcome& outcome, std::chrono::steady_clock::duration took);

    // The metrics of an endpoint, kept because a search by labels costs more than counting.
    struct Counted {
        runtime::Histogram seconds;
        std::map<std::string, runtime::Counter> attempts;  // by status
    };

    StripeClient& client_;
    CallLimits limits_;
    const std::string account_;
    RateLimiter limiter_;
    CircuitBreaker circuit_;
    ObjectLocks locks_;
    Reachability reachability_;
    AccountIdentity identity_;
    runtime::Metrics& metrics_;
    std::map<std::string, Counted, std::less<>> counted_;  // by endpoint
    runtime::Gauge circuit_gauge_;
    runtime::Counter circuit_openings_;
    runtime::LineLimit lines_{kTryLinesPerSecond};
};

}  // namespace quittance::stripe_gateway
