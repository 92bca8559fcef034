// Stops calls to Stripe while Stripe fails. A caller gets its refusal at once, and Stripe does not meet the retries of
// all callers when it returns.
//
//   closed    Calls go. Repeated failures in a row open the circuit, and so does a Stripe that hangs.
//   open      No call goes until the open time is over.
//   half-open One call goes as a probe. Its outcome closes the circuit, or opens it for twice the time.
//
// A failure is a failure of Stripe or of the way to it: no connection, no answer in time, a 5xx that is no replay. A
// refusal (4xx) is an answer.
//
// Hangs are detected by themselves. Writes on one customer are serialised, so a hang may hit only one call at a time,
// and a failure counter would notice it after minutes. One call that hangs is slow. Stripe hangs when a second call
// waits in vain beside the first or right after it, and Stripe answers nothing meanwhile:
//
//   call 1   |---- 15 s, timeout ----|
//   call 2                            |------ still waiting
//            0                       15      21 s: open, since two calls got no answer for 20 s or more
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "stripe_gateway/stripe_api/stripe_answer.hpp"

namespace quittance::stripe_gateway {

struct CircuitLimits {
    int failures = 10;                           // in a row, until the circuit opens
    std::chrono::milliseconds open_time{2'000};  // the first time; doubles with each probe that fails
    std::chrono::milliseconds longest_open_time{30'000};
    std::chrono::milliseconds probe_time{30'000};  // a probe without an outcome for longer is replaced by the next call
    // Timeouts shorter than this do not count as failures of Stripe.
    std::chrono::milliseconds fair_time{5'000};
    // How long two calls or more must get no answer until the circuit opens. Longer than one attempt, so that a single
    // slow one opens nothing.
    std::chrono::milliseconds longest_silence{20'000};
};

enum class Health {
    kWell,      // Stripe answered
    kFailing,   // Stripe failed, or could not be reached
    kTimedOut,  // Stripe had a fair time and did not answer
    kUnknown,   // Stripe was not asked, had too little time, or replayed an old failure
};

// What an outcome says about Stripe. `took`: from the sending to the outcome.
Health health_of(const StripeOutcome& outcome, std::chrono::steady_clock::duration took, const CircuitLimits& limits);

// Written on the loop, read on the operations thread.
class CircuitBreaker {
  public:
    using Clock = std::chrono::steady_clock;
    enum class State { kClosed, kHalfOpen, kOpen };

    // The right to send one call. Goes back with record().
    struct Permit {
        Clock::time_point sent;
        bool probe = false;
    };
    struct Admission {
        std::optional<Permit> permit;           // nothing: the call must not be sent
        std::chrono::milliseconds retry_after;  // how long the circuit refuses; zero with a permit
    };
    // Called on each change of the state, with the reason. It must not call the breaker.
    using OnChange = std::function<void(State state, std::string_view why)>;

    explicit CircuitBreaker(CircuitLimits limits, OnChange on_change = {})
        : limits_(limits), on_change_(std::move(on_change)) {}

    // How long admit() would refuse a call now; nothing where it would give a permit. For a call that has to wait for
    // something else first. Opens the circuit if Stripe hangs.
    std::optional<std::chrono::milliseconds> refused_for(Clock::time_point now);

    // Asked right before a call is sent. Opens the circuit if Stripe hangs: a hang reports nothing by itself.
    Admission admit(Clock::time_point now);
    void record(const Permit& permit, Health health, Clock::time_point now);

    State state() const;
    // Empty while closed; "circuit open, next attempt in 4 s".
    std::string describe(Clock::time_point now) const;

  private:
    // Waits without an answer, beside or after one another. A pause longer than the fair time starts a new stretch:
    // nobody knows whether Stripe hung in the pause.
    struct UnansweredCalls {
        int calls = 0;
        Clock::time_point since{};
        Clock::time_point until{};

        void add(Clock::time_point from, Clock::time_point to, std::chrono::milliseconds longest_pause);
        Clock::duration length() const { return calls < 2 ? Clock::duration::zero() : until - since; }
    };

    bool hangs(Clock::time_point now) const;
    std::optional<std::chrono::milliseconds> wait_at(Clock::time_point now) const;
    std::optional<std::chrono::milliseconds> refuse(Clock::time_point now);
    void change(State state, std::string_view why);
    void open(Clock::time_point now, std::string_view why);

    const CircuitLimits limits_;
    const OnChange on_change_;
    mutable std::mutex mutex_;
    State state_ = State::kClosed;
    int failures_ = 0;                            // in a row
    std::multiset<Clock::time_point> in_flight_;  // when each call was sent
    Clock::time_point last_answer_{};
    UnansweredCalls timed_out_;               // the calls that timed out since the last answer
    std::chrono::milliseconds open_time_{0};  // of the present or last opening
    Clock::time_point open_until_{};
    std::optional<Clock::time_point> probing_since_;
};

}  // namespace quittance::stripe_gateway
