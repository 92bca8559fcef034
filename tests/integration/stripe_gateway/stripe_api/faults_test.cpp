// Every kind of trouble at every call of a creation: in the end exactly one invoice with exactly its lines, inside one
// request where Stripe comes round, by the repeated request where it does not.
#include <catch2/catch.hpp>

#include "integration/stripe_gateway/fixture.hpp"
#include "support/patience.hpp"

namespace quittance::stripe_gateway::test {
namespace {

using grpc::StatusCode;
namespace json = boost::json;

struct Trouble {
    const char* name;
    json::object rule;
};

// Each strikes once.
const std::vector<Trouble>& troubles() {
    static const std::vector<Trouble> kTroubles{
        {"rate limit", {{"kind", "rate_limit_429"}}},
        {"lock timeout", {{"kind", "lock_timeout_429"}}},
        {"lock timeout, kept under the key", {{"kind", "lock_timeout_429"}, {"stored", true}}},
        {"key in use", {{"kind", "conflict_409"}}},
        {"500 before the effect", {{"kind", "error_500_before"}}},
        {"500 after the effect", {{"kind", "error_500_after"}}},
        {"dropped before the effect", {{"kind", "drop_before"}}},
        {"dropped after the effect", {{"kind", "drop_after"}}},
    };
    return kTroubles;
}

struct Place {
    const char* method;
    const char* path;
    const char* key;
};

// 120 items: three calls for the lines.
constexpr Place kPlacesNow[] = {
    {"POST", "/v1/invoices", "*:create"}, {"POST", "*/add_lines", "*:lines:0"},
    {"POST", "*/add_lines", "*:lines:2"}, {"GET", "*/lines", "*"},
    {"POST", "*/finalize", "*:finalise"}, {"POST", "*/pay", "*:pay"},
};
constexpr Place kPlacesLater[] = {
    {"POST", "/v1/invoices", "*:create"},
    {"POST", "*/add_lines", "*:lines:1"},
    {"POST", "/v1/invoices/*", "*:release"},
};

json::object rule_at(const Trouble& trouble, const Place& place) {
    auto rule = trouble.rule;
    rule["method"] = place.method;
    rule["path"] = place.path;
    rule["idempotency_key"] = place.key;
    return rule;
}

void check_survives(const Trouble& trouble, const Place& place, v1::CreateInvoiceRequest::Collect collect) {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    auto request = creation(emulator.customer(), many_amounts(120));
    request.set_collect(collect);
    INFO(trouble.name << " at " << place.method << " " << place.path << " " << place.key);
    emulator.behave();
    emulator.misbehave(rule_at(trouble, place));
    const auto outcome = gateway.create(request);
    emulator.behave();
    INFO("code " << outcome.code << " " << outcome.message << " " << outcome.detail.ShortDebugString());
    REQUIRE(outcome.ok());
    CHECK_FALSE(outcome.answer.replayed());
    const char* status = collect == v1::CreateInvoiceRequest::COLLECT_LATER ? "draft" : "paid";
    const auto invoice = check_exactly_one(request, status);
    CHECK(text_of(invoice, "id") == outcome.answer.invoice().stripe_invoice_id());
    const auto again = gateway.create(request);
    REQUIRE(again.ok());
    CHECK(again.answer.invoice().stripe_invoice_id() == outcome.answer.invoice().stripe_invoice_id());
    check_exactly_one(request, status);
}

TEST_CASE("any single trouble at any call of a creation that collects now") {
    for (const auto& place : kPlacesNow)
        for (const auto& trouble : troubles()) check_survives(trouble, place, v1::CreateInvoiceRequest::COLLECT_NOW);
}

TEST_CASE("any single trouble at any call of a creation that collects later") {
    for (const auto& place : kPlacesLater)
        for (const auto& trouble : troubles()) check_survives(trouble, place, v1::CreateInvoiceRequest::COLLECT_LATER);
}

TEST_CASE("trouble at every other call, at random") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    for (int seed = 1; seed <= 6; ++seed) {
        INFO("seed " << seed);
        emulator.behave();
        const auto request = creation(emulator.customer(), many_amounts(60));
        for (const char* kind : {"lock_timeout_429", "error_500_after", "drop_after", "drop_before", "rate_limit_429"})
            emulator.misbehave(
                {{"kind", kind}, {"method", "POST"}, {"path", "/v1/invoices*"}, {"probability", 0.12}, {"seed", seed}});
        // As long as Stripe is like this a request may fail; the same one again must not harm.
        Outcome outcome;
        for (int i = 0; i < 20 && !(outcome = gateway.create(request)).ok(); ++i) {
        }
        emulator.behave();
        REQUIRE(outcome.code == StatusCode::OK);
        const auto last = gateway.create(request);
        REQUIRE(last.ok());
        check_exactly_one(request, "paid");
    }
}

TEST_CASE("a Stripe that fails for good fails the request and leaves no draft") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    for (const char* key : {"*:lines:0", "*:finalise"}) {
        INFO(key);
        const auto request = creation(emulator.customer(), {100, 200});
        emulator.behave();
        emulator.misbehave({{"kind", "rate_limit_429"}, {"idempotency_key", key}, {"count", 0}});
        const auto outcome = gateway.create(request);
        emulator.behave();
        CHECK(outcome.code == StatusCode::UNAVAILABLE);
        CHECK(outcome.detail.reason() == "stripe_rate_limited");
        CHECK(outcome.detail.retry_after_ms() > 0);
        CHECK(emulator.invoices_of(request.stripe_customer_id()).empty());
        // The same request, when Stripe is well again, starts anew behind the deleted draft.
        const auto again = gateway.create(request);
        REQUIRE(again.ok());
        check_exactly_one(request, "paid");
    }
}

TEST_CASE("a payment whose outcome stays unknown is taken up by the repeated request") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto request = creation(emulator.customer(), {1'200});
    emulator.behave();
    emulator.misbehave({{"kind", "drop_before"}, {"idempotency_key", "*:pay"}, {"count", 0}});
    const auto outcome = gateway.create(request);
    emulator.behave();
    CHECK(outcome.code == StatusCode::UNAVAILABLE);
    check_exactly_one(request, "open");  // finalised: never deleted
    const auto again = gateway.create(request);
    REQUIRE(again.ok());
    CHECK(again.answer.replayed());
    check_exactly_one(request, "paid");
}

TEST_CASE("a slow answer is waited for, a swallowed one is asked for again") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway({.try_time = std::chrono::milliseconds(700), .attempts = 60});
    for (const bool after : {false, true}) {
        const auto request = creation(emulator.customer(), {100});
        emulator.behave();
        // Longer than a try, shorter than the request: the second try meets the first one's key.
        emulator.misbehave(
            {{"kind", "slow"}, {"ms", 1'500}, {"when", after ? "after" : "before"}, {"idempotency_key", "*:create"}});
        const auto outcome = gateway.create(request);
        emulator.behave();
        INFO("after: " << after << ", " << outcome.message);
        REQUIRE(outcome.ok());
        check_exactly_one(request, "paid");
    }
}

TEST_CASE("a key that our own earlier attempt uses is a timeout of Stripe's, not a second request of the caller's") {
    auto& emulator = Emulator::shared();
    const auto request = creation(emulator.customer(), {100});
    emulator.behave();
    {
        RunningGateway gateway({.try_time = std::chrono::milliseconds(500), .attempts = 3});
        emulator.misbehave({{"kind", "hold"}, {"idempotency_key", "*:create"}});
        const auto outcome = gateway.create(request);
        INFO(outcome.message);
        CHECK(outcome.code == StatusCode::DEADLINE_EXCEEDED);
        CHECK(outcome.detail.reason() == "stripe_timeout");
        CHECK(outcome.detail.ShortDebugString().find(":create") == std::string::npos);
    }
    emulator.behave();  // releases what is held
    RunningGateway gateway;
    const auto again = gateway.create(request);
    INFO(again.message);
    REQUIRE(again.ok());
    check_exactly_one(request, "paid");
}

TEST_CASE("nothing is repeated for a caller that has gone") {
    auto& emulator = Emulator::shared();
    // Enough attempts for an hour.
    RunningGateway gateway({.attempts = 20'000});
    const auto request = creation(emulator.customer(), {100});
    for (const char* key : {"*:create", "*:lines:0", "*:pay"}) {
        INFO(key);
        emulator.behave();
        emulator.misbehave({{"kind", "drop_before"}, {"idempotency_key", key}, {"count", 0}});
        grpc::ClientContext context;
        context.set_wait_for_ready(true);
        std::thread gone([&] {
            v1::StripeInvoice unused;
            gateway.stub().CreateInvoice(&context, request, &unused);
        });
        CHECK(eventually([&] { return emulator.struck(); }));
        context.TryCancel();
        gone.join();
        CHECK(eventually([&] {
            return gateway.metrics_text().find("quittance_rpc_server_calls_in_flight 0") != std::string::npos;
        }));
    }
    emulator.behave();
    const auto again = gateway.create(request);
    REQUIRE(again.ok());
    check_exactly_one(request, "paid");
}

TEST_CASE("a caller whose time is over is told so in time, and nothing is billed") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto request = creation(emulator.customer(), {100});
    emulator.behave();
    emulator.misbehave({{"kind", "slow"}, {"ms", 2'000}, {"idempotency_key", "*:lines:0"}, {"count", 0}});
    const auto outcome = gateway.create(request, std::chrono::milliseconds(800));
    CHECK(outcome.code == StatusCode::DEADLINE_EXCEEDED);
    emulator.behave();
    CHECK(eventually([&] {
        const auto invoices = emulator.invoices_of(request.stripe_customer_id());
        return invoices.empty();
    }));
    const auto again = gateway.create(request);
    REQUIRE(again.ok());
    check_exactly_one(request, "paid");
}

TEST_CASE("a Stripe that is not there is a clear answer") {
    RunningGateway gateway({.stripe_url = "http://127.0.0.1:9"});
    const auto request = creation({"cus_1", "pm_1"}, {100});
    const auto outcome = gateway.create(request);
    CHECK(outcome.code == StatusCode::UNAVAILABLE);
    CHECK(outcome.detail.reason() == "stripe_unreachable");
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
