// What the ingester does not take: nothing of it reaches the store.
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "integration/webhook_ingester/ingester.hpp"
#include "integration/webhook_ingester/scripted_store.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace): a test of its own
using quittance::v1::EventOutcome;

TEST_CASE("a signature that is wrong, old, early or missing is refused by name") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Ingester ingester({store.address()});
    const auto body = event_body("evt_1");
    auto tampered = signed_webhook(body);
    tampered.body[tampered.body.find("3300")] = '9';
    auto stripped = signed_webhook(body + "\n");
    stripped.body.pop_back();
    const std::vector<std::pair<Webhook, std::string>> refused{
        {tampered, "signature_no_match"},
        {stripped, "signature_no_match"},
        {signed_webhook(body, 302), "signature_timestamp_too_old"},
        {signed_webhook(body, -600), "signature_timestamp_in_future"},
        {signed_webhook(body, 0, {"whsec_somebody_else"}), "signature_no_match"},
        {{body, ""}, "signature_missing_header"},
        {{body, "v1=abc"}, "signature_bad_header"},
        {{body, "t=1699283264"}, "signature_no_signatures"},
        {signed_webhook(""), "signature_bad_payload"},
    };
    for (const auto& [webhook, code] : refused) {
        const auto answer = ingester.deliver(webhook);
        CHECK(answer.status == 400);
        CHECK(answer.code() == code);
        const auto* type = quittance::http::find_header(answer.headers, "Content-Type");
        REQUIRE(type != nullptr);
        CHECK(*type == "application/problem+json");
    }
    CHECK(store.calls().empty());
    CHECK(ingester.metric(R"(quittance_webhooks_total{outcome="bad_signature"})") ==
          static_cast<double>(refused.size()));
    // To the second it is tested where the clock is the test's own; here it runs on.
    CHECK(ingester.deliver(signed_webhook(body, 120)).status == 200);
    CHECK(ingester.deliver(signed_webhook(body, -290)).status == 200);
}

TEST_CASE("without a secret nothing is accepted") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Ingester ingester({store.address(), {}});
    const auto body = event_body("evt_1");
    for (const auto& webhook : {signed_webhook(body), signed_webhook(body, 0, {""}), Webhook{body, ""}}) {
        const auto answer = ingester.deliver(webhook);
        CHECK(answer.status == 400);
        CHECK(answer.code() == "signature_no_secret");
    }
    CHECK(store.calls().empty());
}

TEST_CASE("every live secret is accepted and counted") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Ingester ingester({store.address(), {kSecret, kSecondSecret}});
    const std::string first = R"(quittance_webhook_signatures_total{account="acme",secret="0"})";
    const std::string second = R"(quittance_webhook_signatures_total{account="acme",secret="1"})";
    CHECK(ingester.metric(second) == 0);
    CHECK(ingester.deliver(signed_webhook(event_body("evt_1"), 0, {kSecret})).status == 200);
    CHECK(ingester.deliver(signed_webhook(event_body("evt_2"), 0, {kSecondSecret})).status == 200);
    CHECK(ingester.deliver(signed_webhook(event_body("evt_3"), 0, {"whsec_new", kSecondSecret})).status == 200);
    CHECK(ingester.metric(first) == 1);
    CHECK(ingester.metric(second) == 2);
}

TEST_CASE("a signed body that is no event is refused") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Ingester ingester({store.address()});
    for (const std::string body :
         {"hello", "{}", "[1]", R"({"object":"event","id":"evt_1"})", "{\"object\":\"\xFF\"}"}) {
        const auto answer = ingester.deliver(signed_webhook(body));
        CHECK(answer.status == 400);
        CHECK(answer.code() == "not_an_event");
    }
    CHECK(store.calls().empty());
}

TEST_CASE("a verified event that is not ours is passed over and counted") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Ingester ingester({store.address()});
    for (const std::string type :
         {"payment_intent.succeeded", "invoiceitem.created", "invoice.upcoming", "payout.paid"}) {
        const auto answer =
            ingester.deliver(signed_webhook(event_body("evt_1", [&](auto& event) { event["type"] = type; })));
        CHECK(answer.status == 200);
        CHECK(answer.code() == "not_ours");
    }
    const std::string thin =
        R"({"id":"evt_2","object":"v2.core.event","type":"v1.payout.paid","created":"2026-01-01T00:00:00Z"})";
    CHECK(ingester.deliver(signed_webhook(thin)).code() == "thin_event");
    CHECK(store.calls().empty());
    CHECK(ingester.metric(R"(quittance_webhooks_total{outcome="not_ours"})") == 4);
    CHECK(ingester.metric(R"(quittance_webhooks_total{outcome="thin_event"})") == 1);
}

TEST_CASE("other routes, methods and sizes are answered as HTTP says") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Ingester ingester({store.address()});
    CHECK(ingester.sender().request("GET", "/webhooks/stripe", "", {}).status == 405);
    CHECK(ingester.sender().request("POST", "/webhooks/other", "{}", {}).status == 404);
    const auto webhook = signed_webhook(event_body("evt_1"));
    // The header is looked at first, then the size.
    const std::string large(9 * 1024 * 1024, 'x');
    CHECK(ingester.sender().request("POST", "/webhooks/stripe", large, {}).status == 400);
    CHECK(ingester.sender()
              .request("POST", "/webhooks/stripe", large, {{"Stripe-Signature", webhook.signature}})
              .status == 413);
    // What is signed are the bytes; what they are called does not matter.
    const auto answer =
        ingester.sender().request("POST", "/webhooks/stripe", webhook.body,
                                  {{"Content-Type", "text/plain"}, {"Stripe-Signature", webhook.signature}});
    CHECK(answer.status == 200);
}
