// A Stripe that is down: callers hear so at once, one call after the other finds out whether it is back, and what was
// left unknown is not done twice.
#include <catch2/catch.hpp>

#include "integration/stripe_gateway/fixture.hpp"
#include "support/patience.hpp"

namespace quittance::stripe_gateway::test {
namespace {

using grpc::StatusCode;

// Long enough for a loaded machine to look at an open circuit, short enough to wait for.
CircuitLimits quick() {
    return {.failures = 3,
            .open_time = std::chrono::milliseconds(1'500),
            .longest_open_time = std::chrono::milliseconds(1'500)};
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("a refused port opens the circuit, and then nobody waits") {
    RunningGateway gateway(
        {.stripe_url = "http://127.0.0.1:1", .circuit = {.failures = 3, .open_time = std::chrono::minutes(10)}});
    CHECK(gateway.readiness() == "Stripe was not asked yet");
    const auto first = gateway.retrieve("in_1");
    CHECK(first.code == StatusCode::UNAVAILABLE);
    CHECK(has(gateway.readiness(), "circuit open"));
    CHECK(has(gateway.metrics_text(), "quittance_stripe_circuit_state{account=\"default\"} 2"));
    CHECK(has(gateway.metrics_text(), "quittance_stripe_circuit_openings_total{account=\"default\"} 1"));
    const std::string tries =
        "quittance_stripe_calls_total{account=\"default\",endpoint=\"GET /v1/invoices/{id}\",status=\"unreachable\"} 3";
    CHECK(has(gateway.metrics_text(), tries));
    for (int i = 0; i < 20; ++i) {
        const auto refused = gateway.create(creation({"cus_1", ""}, {100}));
        CHECK(refused.code == StatusCode::UNAVAILABLE);
        CHECK(refused.detail.reason() == "stripe_circuit_open");
        CHECK(refused.detail.retry_after_ms() > 500'000);
    }
    CHECK(has(gateway.metrics_text(), tries));  // nobody has asked since
}

TEST_CASE("it closes by itself once Stripe answers again") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway({.attempts = 1, .circuit = quick()});
    const auto request = creation(emulator.customer(), {100, 200});
    emulator.behave();
    emulator.misbehave({{"kind", "error_500_before"}, {"count", 0}});
    REQUIRE(eventually([&] {
        return gateway.retrieve("in_1").detail.reason() == "stripe_circuit_open" &&
               has(gateway.readiness(), "circuit open");
    }));
    // Probes that fail keep it open.
    CHECK_FALSE(eventually([&] { return gateway.create(request).ok(); }, std::chrono::seconds(4)));
    emulator.behave();
    CHECK(eventually([&] { return gateway.create(request).ok(); }));
    CHECK(has(gateway.readiness(), "Stripe answered"));
    CHECK(has(gateway.metrics_text(), "quittance_stripe_circuit_state{account=\"default\"} 0"));
    check_exactly_one(request, "paid");
}

TEST_CASE("a refusal of Stripe's is an answer and opens nothing") {
    RunningGateway gateway({.attempts = 1, .circuit = quick()});
    for (int i = 0; i < 10; ++i) CHECK(gateway.retrieve("in_nothing").code == StatusCode::NOT_FOUND);
    CHECK_FALSE(has(gateway.readiness(), "circuit"));
}

TEST_CASE("what a write left unknown is told as unknown, and a repetition finds it done") {
    auto& emulator = Emulator::shared();
    const auto customer = emulator.customer();
    RunningGateway gateway({.circuit = {.failures = 1, .open_time = std::chrono::minutes(10)}});
    const auto request = creation(customer, {300});
    emulator.behave();
    // The draft is made, and its answer lost: the circuit opens before anybody can ask again.
    emulator.misbehave({{"kind", "drop_after"}, {"method", "POST"}, {"path", "/v1/invoices"}});
    const auto lost = gateway.create(request);
    CHECK_FALSE(lost.ok());
    CHECK(lost.detail.reason() != "stripe_circuit_open");
    emulator.behave();
    RunningGateway other;
    CHECK(other.create(request).ok());
    check_exactly_one(request, "paid");
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
