// The circuit, on a clock of the test's own: what opens it, what probes, what closes it.
#include "stripe_gateway/stripe_api/circuit_breaker.hpp"

#include <catch2/catch.hpp>

namespace quittance::stripe_gateway {
namespace {

using Clock = Circuit::Clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Clock::time_point kStart{seconds(1'000)};
constexpr CircuitLimits kLimits{3, seconds(2), seconds(8), seconds(30), seconds(5)};

void fail(Circuit& circuit, Clock::time_point now) {
    const auto probe = circuit.admit(now);
    REQUIRE(probe.has_value());
    circuit.record(*probe, now, Health::kFailing, now);
}

StripeOutcome answered(int status, bool replayed = false) {
    StripeAnswer answer;
    answer.status = status;
    answer.replayed = replayed;
    return answer;
}

TEST_CASE("what counts as failing") {
    const auto health = [](const StripeOutcome& outcome, milliseconds took = seconds(1)) {
        return health_of(outcome, took, kLimits);
    };
    for (const int status : {200, 400, 401, 402, 403, 404, 409, 424, 429})
        CHECK(health(answered(status)) == Health::kWell);
    for (const int status : {500, 502, 503, 504}) CHECK(health(answered(status)) == Health::kFailing);
    CHECK(health(answered(500, true)) == Health::kUnknown);  // Stripe's memory of a failure
    CHECK(health(NoAnswer{"refused"}) == Health::kFailing);
    CHECK(health(NoAnswer{"reset", false, true}) == Health::kFailing);
    CHECK(health(NoAnswer{"timeout", true, true}, seconds(15)) == Health::kSilent);
    CHECK(health(NoAnswer{"timeout", true, true}, seconds(1)) == Health::kUnknown);  // its caller had no time
    NoAnswer throttled{"limit"};
    throttled.throttled = true;
    CHECK(health(throttled) == Health::kUnknown);
    NoAnswer large{"large"};
    large.too_large = true;
    CHECK(health(large) == Health::kWell);
}

TEST_CASE("failures in a row open it, an answer in between does not count them together") {
    Circuit circuit(kLimits);
    for (int i = 0; i < 10; ++i) {
        fail(circuit, kStart);
        fail(circuit, kStart);
        circuit.record(false, kStart, Health::kWell, kStart);
    }
    CHECK(circuit.state() == Circuit::State::kClosed);
    for (int i = 0; i < 3; ++i) fail(circuit, kStart);
    CHECK(circuit.state() == Circuit::State::kOpen);
    CHECK_FALSE(circuit.admit(kStart + milliseconds(1'500)).has_value());
    CHECK(circuit.refused_for(kStart + milliseconds(1'500)) == milliseconds(500));
    CHECK(circuit.describe(kStart) == "circuit open, the next try in 2 s");
}

TEST_CASE("one probe at a time; well closes it, failing opens it for longer") {
    Circuit circuit(kLimits);
    for (int i = 0; i < 3; ++i) fail(circuit, kStart);
    auto now = kStart;
    for (const int open_seconds : {2, 4, 8, 8}) {
        CHECK_FALSE(circuit.admit(now + seconds(open_seconds) - milliseconds(1)).has_value());
        now += seconds(open_seconds);
        CHECK_FALSE(circuit.refused_for(now).has_value());
        CHECK(circuit.admit(now) == true);
        CHECK(circuit.state() == Circuit::State::kHalfOpen);
        for (int i = 0; i < 5; ++i) CHECK_FALSE(circuit.admit(now).has_value());
        CHECK(circuit.refused_for(now).has_value());
        circuit.record(true, now, Health::kFailing, now);
        CHECK(circuit.state() == Circuit::State::kOpen);
    }
    now += seconds(8);
    CHECK(circuit.admit(now) == true);
    circuit.record(true, now, Health::kWell, now);
    CHECK(circuit.state() == Circuit::State::kClosed);
    CHECK(circuit.admit(now) == false);
    CHECK(circuit.describe(now).empty());
    // And it starts over with the short time.
    for (int i = 0; i < 3; ++i) fail(circuit, now);
    CHECK(circuit.refused_for(now) == seconds(2));
}

TEST_CASE("what was sent before it opened neither keeps it open nor hides that Stripe is back") {
    Circuit circuit(kLimits);
    for (int i = 0; i < 3; ++i) fail(circuit, kStart);
    circuit.record(false, kStart, Health::kFailing, kStart + seconds(1));
    CHECK(circuit.refused_for(kStart + seconds(1)) == seconds(1));
    circuit.record(false, kStart, Health::kWell, kStart + seconds(1));
    CHECK(circuit.state() == Circuit::State::kClosed);
}

TEST_CASE("a probe that tells nothing, or is never heard of, leaves its place to the next") {
    Circuit circuit(kLimits);
    for (int i = 0; i < 3; ++i) fail(circuit, kStart);
    const auto later = kStart + seconds(2);
    REQUIRE(circuit.admit(later) == true);
    circuit.record(true, later, Health::kUnknown, later);
    CHECK(circuit.admit(later) == true);
    CHECK_FALSE(circuit.admit(later + seconds(30)).has_value());
    CHECK(circuit.admit(later + seconds(31)) == true);
}

// A try that ends without an answer after `took`.
void hang(Circuit& circuit, Clock::time_point sent, milliseconds took) {
    const auto probe = circuit.admit(sent);
    REQUIRE(probe.has_value());
    circuit.record(*probe, sent, Health::kSilent, sent + took);
}

constexpr CircuitLimits kMany{100, seconds(2), seconds(8), seconds(30), seconds(5), seconds(20)};

TEST_CASE("calls that hang one after the other open it after 20 s, as soon as somebody asks") {
    Circuit circuit(kMany);
    hang(circuit, kStart, seconds(15));
    const auto second = kStart + seconds(16);
    REQUIRE(circuit.admit(second).has_value());
    for (const int after : {16, 19, 20}) {  // the second one has not waited long enough to say anything
        circuit.look(kStart + seconds(after));
        CHECK(circuit.state() == Circuit::State::kClosed);
    }
    circuit.look(kStart + seconds(21));
    CHECK(circuit.state() == Circuit::State::kOpen);
    CHECK(circuit.refused_for(kStart + seconds(21)) == seconds(2));
}

TEST_CASE("and without anybody asking, when the second one ends") {
    Circuit circuit(kMany);
    hang(circuit, kStart, seconds(15));
    hang(circuit, kStart + seconds(15), seconds(15));
    CHECK(circuit.state() == Circuit::State::kOpen);
}

TEST_CASE("one slow call opens nothing, nor two that have nothing to do with one another") {
    Circuit circuit(kMany);
    REQUIRE(circuit.admit(kStart).has_value());
    circuit.look(kStart + seconds(60));
    CHECK(circuit.state() == Circuit::State::kClosed);
    circuit.record(false, kStart, Health::kSilent, kStart + seconds(60));
    CHECK(circuit.state() == Circuit::State::kClosed);
    // An hour later one is slow again.
    const auto later = kStart + seconds(3'600);
    REQUIRE(circuit.admit(later).has_value());
    circuit.look(later + seconds(30));
    CHECK(circuit.state() == Circuit::State::kClosed);
    circuit.record(false, later, Health::kWell, later + seconds(30));
    // Two at once, but only for the time of a try.
    const auto both = later + seconds(60);
    REQUIRE(circuit.admit(both).has_value());
    REQUIRE(circuit.admit(both).has_value());
    circuit.look(both + seconds(19));
    CHECK(circuit.state() == Circuit::State::kClosed);
}

TEST_CASE("an answer to any call ends the silence of all") {
    Circuit circuit(kMany);
    hang(circuit, kStart, seconds(15));
    const auto slow = kStart + seconds(15);
    REQUIRE(circuit.admit(slow).has_value());
    const auto quick = kStart + seconds(17);
    REQUIRE(circuit.admit(quick).has_value());
    circuit.record(false, quick, Health::kWell, kStart + seconds(18));
    circuit.look(kStart + seconds(30));
    CHECK(circuit.state() == Circuit::State::kClosed);
    circuit.record(false, slow, Health::kSilent, kStart + seconds(30));
    CHECK(circuit.state() == Circuit::State::kClosed);
    hang(circuit, kStart + seconds(31), seconds(7));  // 20 s since the answer
    CHECK(circuit.state() == Circuit::State::kOpen);
}

}  // namespace
}  // namespace quittance::stripe_gateway
