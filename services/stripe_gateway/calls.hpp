// Calls to Stripe that end with an answer that stands, or with the reason why there is none: each try booked with the
// rate limiter, counted, timed, and repeated as retry.hpp says, within the caller's deadline.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "runtime/metrics.hpp"
#include "stripe_gateway/rate_limit.hpp"
#include "stripe_gateway/reachability.hpp"
#include "stripe_gateway/retry.hpp"
#include "stripe_gateway/stripe_client.hpp"

namespace quittance::stripe_gateway {

using Deadline = std::chrono::steady_clock::time_point;

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
    // For one try. Longer than Stripe's slow answers, so that those are waited for; shorter than a creation's whole
    // time, so that a connection that swallows everything leaves time for another.
    std::chrono::milliseconds try_time{15'000};
};

class Calls {
  public:
    Calls(StripeClient& client, CallLimits limits, runtime::Metrics& metrics);

    boost::asio::awaitable<CallResult> run(StripeRequest request, Deadline deadline);

    const Reachability& reachability() const { return reachability_; }

  private:
    boost::asio::awaitable<StripeOutcome> try_once(const StripeRequest& request, Deadline deadline);
    void record(const StripeRequest& request, const StripeOutcome& outcome, std::chrono::steady_clock::duration took);

    StripeClient& client_;
    CallLimits limits_;
    RateLimiter limiter_;
    Reachability reachability_;
    runtime::Metrics& metrics_;
};

// Sleeps on the caller's loop.
boost::asio::awaitable<void> pause(std::chrono::steady_clock::duration time);

}  // namespace quittance::stripe_gateway
