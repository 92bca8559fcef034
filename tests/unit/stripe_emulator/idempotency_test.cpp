// Idempotency keys (stripe/REFERENCE.md 4).
#include "emulator.hpp"

using namespace quittance::stripe_emulator;
using namespace quittance::stripe_emulator::test;

TEST_CASE("the same key gives the same answer once more") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto first = emulator.post("/v1/invoices", "customer=" + customer + "&metadata[a]=1&metadata[b]=2", "K1");
    CHECK(first.header("Idempotency-Key") == "K1");
    CHECK(first.header("Original-Request") == first.header("Request-Id"));
    CHECK(first.header("Idempotent-Replayed").empty());
    CHECK(first.header("Stripe-Should-Retry") == "false");
    emulator.post("/v1/invoices/" + first.text("id"), "description=changed");
    const auto again = emulator.post("/v1/invoices", "metadata[b]=2&metadata[a]=1&customer=" + customer, "K1");
    CHECK(again.body == first.body);
    CHECK(again.header("Idempotent-Replayed") == "true");
    CHECK(again.header("Original-Request") == first.header("Request-Id"));
    CHECK(again.header("Request-Id") != first.header("Request-Id"));
    CHECK(emulator.account.invoices.size() == 1);
}

TEST_CASE("another request under the same key is refused") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto first = emulator.post("/v1/invoices", "customer=" + customer, "K");
    auto other = emulator.post("/v1/invoices", "customer=" + customer + "&description=x", "K");
    CHECK(other.status == 400);
    CHECK(other.error_text("type") == "idempotency_error");
    other = emulator.post("/v1/invoices/" + first.text("id") + "/finalize", "", "K");
    CHECK(other.status == 400);
    // Reads ignore keys.
    CHECK(emulator.call("GET", "/v1/invoices/" + first.text("id"), "", "K").status == 200);
}

TEST_CASE("refusals are kept, unless nothing began") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto broke = emulator.card(customer, "pm_card_chargeCustomerFail");
    const auto id = emulator.open(customer, 500);
    const auto form = "payment_method=" + broke;
    const auto declined = emulator.post("/v1/invoices/" + id + "/pay", form, "pay");
    REQUIRE(declined.status == 402);
    const auto mark = emulator.events();
    const auto again = emulator.post("/v1/invoices/" + id + "/pay", form, "pay");
    CHECK(again.body == declined.body);
    CHECK(again.header("Idempotent-Replayed") == "true");
    CHECK(emulator.events() == mark);

    // A wrong parameter leaves the key free.
    REQUIRE(emulator.post("/v1/invoices", "customer=" + customer + "&nope=1", "free").status == 400);
    CHECK(emulator.post("/v1/invoices", "customer=" + customer, "free").status == 200);
}

TEST_CASE("a key in use is a conflict") {
    Emulator emulator;
    const auto customer = emulator.customer();
    RawCall raw;
    raw.method = "POST";
    raw.path = "/v1/invoices";
    raw.body = "customer=" + customer;
    raw.authorization = "Bearer sk_test_123456789";
    raw.idempotency_key = "K";
    auto first = emulator.api.admit(raw, emulator.now);
    REQUIRE(first.admitted);
    const auto second = emulator.api.answer(raw, emulator.now);
    CHECK(second.status == 409);
    CHECK(json::parse(second.body).as_object().at("error").as_object().at("code") == "idempotency_key_in_use");
    CHECK(emulator.api.perform(*first.admitted, emulator.now).status == 200);
    CHECK(emulator.api.answer(raw, emulator.now).status == 200);
    CHECK(emulator.account.invoices.size() == 1);
}

TEST_CASE("a pruned key starts anew") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto first = emulator.post("/v1/invoices", "customer=" + customer, "K");
    CHECK(emulator.api.keys().prune(0) == 0);
    CHECK(emulator.api.keys().prune(1) == 1);
    const auto second = emulator.post("/v1/invoices", "customer=" + customer, "K");
    CHECK(second.text("id") != first.text("id"));
}

TEST_CASE("keys and bytes are bounded") {
    IdempotencyKeys keys(2, 1000);
    for (const std::string key : {"a", "b", "c"}) {
        CHECK(keys.begin(key, "same", 0) == KeyState::kFresh);
        keys.keep(key, {200, std::string(400, 'x'), "req", std::nullopt});
    }
    CHECK(keys.size() == 2);
    CHECK(keys.begin("a", "same", 0) == KeyState::kFresh);
    CHECK(keys.begin("c", "same", 0) == KeyState::kReplay);
    CHECK(keys.begin("c", "other", 0) == KeyState::kOtherRequest);
}
