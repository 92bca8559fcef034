// The circuit breaker with a clock of the test: what opens it, which call probes, what closes it, and the hang
// detection.
#include "stripe_gateway/stripe_api/circuit_breaker.hpp"

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

namespace quittance::stripe_gateway {
namespace {

using Clock = CircuitBreaker::Clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Clock::time_point kStart{seconds(1'000)};
constexpr CircuitLimits kLimits{3, seconds(2), seconds(8), seconds(30), seconds(5)};

void fail(CircuitBreaker& circuit, Clock::time_point now) {
    const auto permit = circuit.admit(now).permit;
    REQUIRE(permit.has_value());
    circuit.record(*permit, Health::kFailing, now);
}

// Whether the call that is admitted now is a probe; nothing if it is refused.
std::optional<bool> probes(CircuitBreaker& circuit, Clock::time_point now) {
    const auto permit = circuit.admit(now).permit;
    return permit ? std::optional(permit->probe) : std::nullopt;
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
    CHECK(health(NoAnswer{"timeout", true, true}, seconds(15)) == Health::kTimedOut);
    CHECK(health(NoAnswer{"timeout", true, true}, seconds(1)) == Health::kUnknown);  // its caller had no time
    NoAnswer throttled{"limit"};
    throttled.throttled = true;
    CHECK(health(throttled) == Health::kUnknown);
    NoAnswer large{"large"};
    large.too_large = true;
    CHECK(health(large) == Health::kWell);
}

TEST_CASE("failures in a row open it, an answer in between does not count them together") {
    CircuitBreaker circuit(kLimits);
    for (int i = 0; i < 10; ++i) {
        fail(circuit, kStart);
        fail(circuit, kStart);
        circuit.record({kStart, false}, Health::kWell, kStart);
    }
    CHECK(circuit.state() == CircuitBreaker::State::kClosed);
    for (int i = 0; i < 3; ++i) fail(circuit, kStart);
    CHECK(circuit.state() == CircuitBreaker::State::kOpen);
    CHECK_FALSE(circuit.admit(kStart + milliseconds(1'500)).permit.has_value());
    CHECK(circuit.refused_for(kStart + milliseconds(1'500)) == milliseconds(500));
    CHECK(circuit.describe(kStart) == "circuit open, next attempt in 2 s");
}

TEST_CASE("one probe at a time; well closes it, failing opens it for longer") {
    CircuitBreaker circuit(kLimits);
    for (int i = 0; i < 3; ++i) fail(circuit, kStart);
    auto now = kStart;
    for (const int open_seconds : {2, 4, 8, 8}) {
        CHECK_FALSE(circuit.admit(now + seconds(open_seconds) - milliseconds(1)).permit.has_value());
        now += seconds(open_seconds);
        CHECK_FALSE(circuit.refused_for(now).has_value());
        CHECK(probes(circuit, now) == true);
        CHECK(circuit.state() == CircuitBreaker::State::kHalfOpen);
        for (int i = 0; i < 5; ++i) CHECK_FALSE(circuit.admit(now).permit.has_value());
        CHECK(circuit.refused_for(now).has_value());
        circuit.record({now, true}, Health::kFailing, now);
        CHECK(circuit.state() == CircuitBreaker::State::kOpen);
    }
    now += seconds(8);
    CHECK(probes(circuit, now) == true);
    circuit.record({now, true}, Health::kWell, now);
    CHECK(circuit.state() == CircuitBreaker::State::kClosed);
    CHECK(probes(circuit, now) == false);
    CHECK(circuit.describe(now).empty());
    // And it starts over with the short time.
    for (int i = 0; i < 3; ++i) fail(circuit, now);
    CHECK(circuit.refused_for(now) == seconds(2));
}

TEST_CASE("what was sent before it opened neither keeps it open nor hides that Stripe is back") {
    CircuitBreaker circuit(kLimits);
    for (int i = 0; i < 3; ++i) fail(circuit, kStart);
    circuit.record({kStart, false}, Health::kFailing, kStart + seconds(1));
    CHECK(circuit.refused_for(kStart + seconds(1)) == seconds(1));
    circuit.record({kStart, false}, Health::kWell, kStart + seconds(1));
    CHECK(circuit.state() == CircuitBreaker::State::kClosed);
}

TEST_CASE("a probe that tells nothing, or is never heard of, leaves its place to the next") {
    CircuitBreaker circuit(kLimits);
    for (int i = 0; i < 3; ++i) fail(circuit, kStart);
    const auto later = kStart + seconds(2);
    REQUIRE(probes(circuit, later) == true);
    circuit.record({later, true}, Health::kUnknown, later);
    CHECK(probes(circuit, later) == true);
    CHECK_FALSE(circuit.admit(later + seconds(30)).permit.has_value());
    CHECK(probes(circuit, later + seconds(31)) == true);
}

// A try that ends without an answer after `took`.
void hang(CircuitBreaker& circuit, Clock::time_point sent, milliseconds took) {
    const auto permit = circuit.admit(sent).permit;
    REQUIRE(permit.has_value());
    circuit.record(*permit, Health::kTimedOut, sent + took);
}

constexpr CircuitLimits kMany{100, seconds(2), seconds(8), seconds(30), seconds(5), seconds(20)};

TEST_CASE("calls that hang one after the other open it after 20 s, as soon as somebody asks") {
    CircuitBreaker circuit(kMany);
    hang(circuit, kStart, seconds(15));
    const auto second = kStart + seconds(16);
    REQUIRE(circuit.admit(second).permit.has_value());
    for (const int after : {16, 19, 20}) {  // the second one has not waited long enough to say anything
        circuit.refused_for(kStart + seconds(after));
        CHECK(circuit.state() == CircuitBreaker::State::kClosed);
    }
    circuit.refused_for(kStart + seconds(21));
    CHECK(circuit.state() == CircuitBreaker::State::kOpen);
    CHECK(circuit.refused_for(kStart + seconds(21)) == seconds(2));
}

TEST_CASE("and without anybody asking, when the second one ends") {
    CircuitBreaker circuit(kMany);
    hang(circuit, kStart, seconds(15));
    hang(circuit, kStart + seconds(15), seconds(15));
    CHECK(circuit.state() == CircuitBreaker::State::kOpen);
}

TEST_CASE("each change of the state is reported once, with its reason") {
    std::vector<std::string> seen;
    CircuitBreaker circuit(kMany, [&](CircuitBreaker::State, std::string_view why) { seen.emplace_back(why); });
    hang(circuit, kStart, seconds(15));
    hang(circuit, kStart + seconds(15), seconds(15));
    const auto later = kStart + seconds(32);
    const auto permit = circuit.admit(later).permit;
    REQUIRE(permit.has_value());
    CHECK(circuit.admit(later).retry_after == seconds(1));
    circuit.record(*permit, Health::kWell, later);
    circuit.record({later, false}, Health::kWell, later);
    CHECK(seen == std::vector<std::string>{"Stripe hangs", "a call probes", "Stripe answers"});
}

TEST_CASE("one slow call opens nothing, nor two that have nothing to do with one another") {
    CircuitBreaker circuit(kMany);
    REQUIRE(circuit.admit(kStart).permit.has_value());
    circuit.refused_for(kStart + seconds(60));
    CHECK(circuit.state() == CircuitBreaker::State::kClosed);
    circuit.record({kStart, false}, Health::kTimedOut, kStart + seconds(60));
    CHECK(circuit.state() == CircuitBreaker::State::kClosed);
    // An hour later one is slow again.
    const auto later = kStart + seconds(3'600);
    REQUIRE(circuit.admit(later).permit.has_value());
    circuit.refused_for(later + seconds(30));
    CHECK(circuit.state() == CircuitBreaker::State::kClosed);
    circuit.record({later, false}, Health::kWell, later + seconds(30));
    // Two at once, but only for the time of a try.
    const auto both = later + seconds(60);
    REQUIRE(circuit.admit(both).permit.has_value());
    REQUIRE(circuit.admit(both).permit.has_value());
    circuit.refused_for(both + seconds(19));
    CHECK(circuit.state() == CircuitBreaker::State::kClosed);
}

TEST_CASE("an answer to any call ends the silence of all") {
    CircuitBreaker circuit(kMany);
    hang(circuit, kStart, seconds(15));
    const auto slow = kStart + seconds(15);
    REQUIRE(circuit.admit(slow).permit.has_value());
    const auto quick = kStart + seconds(17);
    REQUIRE(circuit.admit(quick).permit.has_value());
    circuit.record({quick, false}, Health::kWell, kStart + seconds(18));
    circuit.refused_for(kStart + seconds(30));
    CHECK(circuit.state() == CircuitBreaker::State::kClosed);
    circuit.record({slow, false}, Health::kTimedOut, kStart + seconds(30));
    CHECK(circuit.state() == CircuitBreaker::State::kClosed);
    hang(circuit, kStart + seconds(31), seconds(7));  // 20 s since the answer
    CHECK(circuit.state() == CircuitBreaker::State::kOpen);
}

}  // namespace
}  // namespace quittance::stripe_gateway
