// Faults: the effect of each kind on a call, and the same random decisions for the same seed.
#include "emulator.hpp"

using namespace quittance::stripe_emulator;
using namespace quittance::stripe_emulator::test;

namespace {

void add(Faults& faults, std::string_view rule) {
    const auto added = faults.add(json::parse(json::string_view(rule.data(), rule.size())).as_object());
    REQUIRE(added.has_value());
}

}  // namespace

TEST_CASE("globs") {
    CHECK(glob("*", ""));
    CHECK(glob("/v1/invoices/*/pay", "/v1/invoices/in_1/pay"));
    CHECK_FALSE(glob("/v1/invoices", "/v1/invoices/in_1"));
    CHECK(glob("*:lines:*", "K:lines:3"));
    CHECK_FALSE(glob("a*b", "acd"));
}

TEST_CASE("refusals strike the calls that they name") {
    Emulator emulator;
    const auto customer = emulator.customer();
    add(emulator.faults,
        R"({"kind":"rate_limit_429","method":"POST","path":"/v1/invoices","nth":2,"count":1,"reason":"endpoint-rate"})");
    CHECK(emulator.post("/v1/invoices", "customer=" + customer, "a").status == 200);
    const auto refused = emulator.post("/v1/invoices", "customer=" + customer, "b");
    CHECK(refused.status == 429);
    CHECK(refused.error_text("code") == "rate_limit");
    CHECK(refused.header("Stripe-Rate-Limited-Reason") == "endpoint-rate");
    // Not kept: the same key works now.
    const auto retried = emulator.post("/v1/invoices", "customer=" + customer, "b");
    CHECK(retried.status == 200);
    CHECK(retried.header("Idempotent-Replayed").empty());
    CHECK(emulator.api.log().back().fault.empty());

    add(emulator.faults, R"({"kind":"lock_timeout_429"})");
    const auto locked = emulator.post("/v1/invoices", "customer=" + customer);
    CHECK(locked.error_text("code") == "lock_timeout");
    CHECK(locked.header("Stripe-Should-Retry") == "true");
    add(emulator.faults, R"({"kind":"conflict_409"})");
    CHECK(emulator.post("/v1/invoices", "customer=" + customer, "c").status == 409);
    CHECK(emulator.api.log().back().fault == "conflict_409");
}

TEST_CASE("a lock timeout that Stripe keeps poisons its key") {
    Emulator emulator;
    const auto customer = emulator.customer();
    add(emulator.faults, R"({"kind":"lock_timeout_429","stored":true})");
    CHECK(emulator.post("/v1/invoices", "customer=" + customer, "K").status == 429);
    const auto again = emulator.post("/v1/invoices", "customer=" + customer, "K");
    CHECK(again.status == 429);
    CHECK(again.header("Idempotent-Replayed") == "true");
    CHECK(emulator.account.invoices.size() == 0);
}

TEST_CASE("server errors before and after the effect are kept") {
    for (const bool after : {false, true}) {
        Emulator emulator;
        const auto customer = emulator.customer();
        add(emulator.faults, after ? R"({"kind":"error_500_after"})" : R"({"kind":"error_500_before"})");
        CHECK(emulator.post("/v1/invoices", "customer=" + customer, "K").status == 500);
        CHECK(emulator.account.invoices.size() == (after ? 1 : 0));
        const auto again = emulator.post("/v1/invoices", "customer=" + customer, "K");
        CHECK(again.status == 500);
        CHECK(again.header("Idempotent-Replayed") == "true");
        CHECK(emulator.account.invoices.size() == (after ? 1 : 0));
    }
}

TEST_CASE("dropped connections") {
    for (const bool after : {false, true}) {
        Emulator emulator;
        const auto customer = emulator.customer();
        add(emulator.faults, after ? R"({"kind":"drop_after","path":"/v1/invoices"})"
                                   : R"({"kind":"drop_before","path":"/v1/invoices"})");
        RawCall raw;
        raw.method = "POST";
        raw.path = "/v1/invoices";
        raw.body = "customer=" + customer;
        raw.authorization = "Bearer sk_test_123456789";
        raw.idempotency_key = "K";
        CHECK(emulator.api.answer(raw, emulator.now).drop_connection);
        CHECK(emulator.account.invoices.size() == (after ? 1 : 0));
        const auto again = emulator.post("/v1/invoices", "customer=" + customer, "K");
        CHECK(again.status == 200);
        CHECK((again.header("Idempotent-Replayed") == "true") == after);
        CHECK(emulator.account.invoices.size() == 1);
    }
}

TEST_CASE("chance depends on the seeds alone") {
    const auto run = [](std::uint64_t seed, std::string_view rule) {
        Faults faults(seed);
        add(faults, rule);
        std::string struck;
        for (int i = 0; i < 400; ++i) struck += faults.strike_call("POST", "/v1/invoices", "") != nullptr ? '1' : '0';
        return struck;
    };
    const auto once = run(1, R"({"kind":"slow","probability":0.25,"seed":5})");
    CHECK(once == run(1, R"({"kind":"slow","probability":0.25,"seed":5})"));
    CHECK(once != run(2, R"({"kind":"slow","probability":0.25,"seed":5})"));
    CHECK(once != run(1, R"({"kind":"slow","probability":0.25,"seed":6})"));
    const auto hits = std::count(once.begin(), once.end(), '1');
    CHECK(hits > 60);
    CHECK(hits < 140);
    CHECK(run(1, R"({"kind":"slow","count":3})").substr(0, 6) == "111000");
    CHECK(run(1, R"({"kind":"slow","count":0})").find('0') == std::string::npos);
    CHECK(run(1, R"({"kind":"slow","nth":3})").substr(0, 6) == "001000");
}

TEST_CASE("webhooks are lost, doubled and delayed") {
    Emulator emulator;
    REQUIRE(emulator.post("/v1/webhook_endpoints", "url=http://127.0.0.1:9/&enabled_events[]=*").status == 200);
    emulator.account.webhook_fate = [&](const std::string& type, const std::string& endpoint) {
        return emulator.faults.strike_webhook(type, endpoint, 60);
    };
    add(emulator.faults, R"({"kind":"webhook_lose","event_type":"invoice.created"})");
    add(emulator.faults, R"({"kind":"webhook_duplicate","event_type":"invoice.finalized","ms":0})");
    add(emulator.faults, R"({"kind":"webhook_delay","event_type":"invoice.updated","ms":500})");
    const auto customer = emulator.customer();
    const auto id = emulator.draft(customer);
    CHECK(emulator.account.deliveries.statistics().lost == 1);
    CHECK(emulator.get("/v1/events", "type=invoice.created&delivery_success=false")
              .object()
              .at("data")
              .as_array()
              .size() == 1);
    emulator.line(id, 500);
    emulator.post("/v1/invoices/" + id + "/finalize");
    CHECK(emulator.account.deliveries.statistics().duplicated == 1);
    std::int64_t longest = 0;
    for (const auto number : emulator.account.deliveries.order()) {
        longest = std::max(longest, emulator.account.deliveries.peek(number)->due_ms);
    }
    CHECK(longest == 500 * 60);
}

TEST_CASE("a rule that is not understood is refused") {
    Faults faults(1);
    for (const auto* rule :
         {R"({})", R"({"kind":"nope"})", R"({"kind":"slow","ms":-1})", R"({"kind":"slow","probability":2})",
          R"({"kind":"slow","colour":"red"})", R"({"kind":"slow","nth":0})", R"({"kind":"slow","when":"never"})",
          R"({"kind":"slow","path":5})", R"({"kind":"slow","stored":1})"}) {
        INFO(rule);
        CHECK(faults.add(json::parse(rule).as_object()).has_error());
    }
    CHECK(faults.rules().empty());
}
