// Leaves Stripe alone while it fails, so that a caller hears so at once instead of waiting for what will not come, and
// Stripe is not met by everybody's repetitions when it returns. Repeated failures in a row open the circuit; after a
// while one call goes as a probe (half-open), and its outcome closes the circuit or keeps it open for longer. A Stripe
// that hangs is met by few calls at a time, so that a long silence opens it too (silence.hpp).
//
// What fails is Stripe or the way to it: no connection, no answer in time, a 5xx that is not a replay. A refusal (4xx)
// is an answer.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "stripe_gateway/stripe_api/hang_detector.hpp"
#include "stripe_gateway/stripe_api/stripe_answer.hpp"

namespace quittance::stripe_gateway {

struct CircuitLimits {
    int failures = 10;                           // in a row, until it opens
    std::chrono::milliseconds open_time{2'000};  // the first time; doubles with each probe that fails
    std::chrono::milliseconds longest_open_time{30'000};
    std::chrono::milliseconds probe_time{30'000};  // a probe that nobody has heard of for so long is given up
    // A try that was given less than this and ran out of it says more about its caller's haste than about Stripe.
    std::chrono::milliseconds fair_time{5'000};
    // Without any answer, while at least two calls wait or have waited for one. Longer than a try, so that one that is
    // slow opens nothing.
    std::chrono::milliseconds longest_silence{20'000};
};

enum class Health {
    kWell,     // Stripe answered
    kFailing,  // it should have
    kSilent,   // it was given the time, and did not
    kUnknown,  // it was not asked, or not given the time, or repeated an old failure
};

// `took`: from the sending to the outcome.
Health health_of(const StripeOutcome& outcome, std::chrono::steady_clock::duration took, const CircuitLimits& limits);

// Written on the loop, read on the operations thread.
class Circuit {
  public:
    using Clock = std::chrono::steady_clock;
    enum class State { kClosed, kHalfOpen, kOpen };

    explicit Circuit(CircuitLimits limits) : limits_(limits), silence_(limits.fair_time) {}

    // Opens it where Stripe has been silent for too long. Whoever is about to ask looks first: what hangs tells nothing
    // by itself.
    void look(Clock::time_point now);
    // How long a call that came now would be refused for; nothing where it may go. Changes nothing.
    std::optional<std::chrono::milliseconds> refused_for(Clock::time_point now) const;

    // A call is about to be sent: nothing where it must not be, else whether it is the probe, for record().
    std::optional<bool> admit(Clock::time_point now);
    // `sent`: what admit() was told.
    void record(bool probe, Clock::time_point sent, Health health, Clock::time_point now);

    State state() const;
    // Empty while closed; "circuit open, the next try in 4 s".
    std::string describe(Clock::time_point now) const;

  private:
    std::optional<std::chrono::milliseconds> wait_at(Clock::time_point now) const;
    void open(Clock::time_point now);
    void hear(Clock::time_point sent, Health health, Clock::time_point now);

    const CircuitLimits limits_;
    mutable std::mutex mutex_;
    State state_ = State::kClosed;
    Silence silence_;
    int failures_ = 0;                        // in a row
    std::chrono::milliseconds open_time_{0};  // of the present or last opening
    Clock::time_point open_until_{};
    std::optional<Clock::time_point> probing_since_;
};

}  // namespace quittance::stripe_gateway
