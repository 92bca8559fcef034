// Several Stripe accounts at one ingester: the secret tells whose event it is, and the mode must be the account's.
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "integration/webhook_ingester/ingester.hpp"
#include "integration/webhook_ingester/scripted_store.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace): a test of its own
namespace v1 = quittance::v1;
using v1::EventOutcome;

namespace {

IngesterOptions two_accounts(const std::string& store) {
    IngesterOptions options;
    options.store_address = store;
    options.accounts = {{"eu", {kSecret, "whsec_eu_new"}, false}, {"us", {kSecondSecret}, true}};
    return options;
}

std::string body_of(const std::string& id, bool livemode) {
    return event_body(id, [livemode](auto& event) { event["livemode"] = livemode; });
}

}  // namespace

TEST_CASE("the secret that fits tells the account") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Ingester ingester(two_accounts(store.address()));
    CHECK(ingester.deliver(signed_webhook(body_of("evt_1", false), 0, {kSecret})).status == 200);
    CHECK(ingester.deliver(signed_webhook(body_of("evt_2", true), 0, {kSecondSecret})).status == 200);
    CHECK(ingester.deliver(signed_webhook(body_of("evt_3", false), 0, {"whsec_eu_new"})).status == 200);
    const auto events = store.events();
    REQUIRE(events.size() == 3);
    CHECK(events[0].account() == "eu");
    CHECK(events[1].account() == "us");
    CHECK(events[1].livemode());
    CHECK(events[2].account() == "eu");
    CHECK(ingester.metric(R"(quittance_webhook_signatures_total{account="eu",secret="1"})") == 1);
    CHECK(ingester.metric(R"(quittance_webhook_signatures_total{account="us",secret="0"})") == 1);
}

TEST_CASE("a path with a label takes webhooks that this account has signed, and no others") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Ingester ingester(two_accounts(store.address()));
    const auto deliver = [&](const std::string& label, const std::string& id, bool livemode,
                             const std::string& secret) {
        const auto webhook = signed_webhook(body_of(id, livemode), 0, {secret});
        return ingester.sender().request("POST", "/webhooks/stripe/" + label, webhook.body,
                                         {{"Stripe-Signature", webhook.signature}});
    };
    CHECK(deliver("eu", "evt_1", false, kSecret).status == 200);
    CHECK(deliver("eu", "evt_2", false, "whsec_eu_new").status == 200);
    CHECK(deliver("us", "evt_3", true, kSecondSecret).status == 200);
    const auto events = store.events();
    REQUIRE(events.size() == 3);
    CHECK(events[1].account() == "eu");
    CHECK(events[2].account() == "us");
    CHECK(ingester.metric(R"(quittance_webhook_signatures_total{account="eu",secret="1"})") == 1);
    CHECK(ingester.metric(R"(quittance_webhook_signatures_total{account="us",secret="0"})") == 1);
    // Right signatures of another account.
    for (const auto& [label, secret] : {std::pair{"eu", kSecondSecret}, {"us", kSecret}}) {
        const auto answer = deliver(label, "evt_4", false, secret);
        CHECK(answer.status == 400);
        CHECK(answer.code() == "signature_no_match");
    }
    for (const auto* label : {"ca", "EU", "eu%20", "eu/eu"}) {
        INFO(label);
        CHECK(deliver(label, "evt_5", false, kSecret).status == 404);
    }
    CHECK(deliver("ca", "evt_5", false, kSecret).code() == "unknown_account");
    CHECK(store.events().size() == 3);
    CHECK(ingester.metric(R"(quittance_refusals_total{reason="unknown_account",surface="webhook"})") == 4);
}

TEST_CASE("an event of an account that the configuration does not name is answered, counted, and reaches no row") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Ingester ingester(two_accounts(store.address()));
    const auto of = [](const char* member, const char* account) {
        return event_body("evt_1", [&](auto& event) { event[member] = account; });
    };
    for (const auto& body :
         {of("account", "acct_elsewhere"), of("context", "acct_elsewhere"), of("context", "org_1/acct_elsewhere")}) {
        const auto answer = ingester.deliver(signed_webhook(body));
        CHECK(answer.status == 200);
        CHECK(answer.code() == "foreign_account");
    }
    CHECK(store.events().empty());
    CHECK(ingester.metric(R"(quittance_webhooks_total{outcome="foreign_account"})") == 3);
}

TEST_CASE("an event of a connected account gets that account's label, one that names its own account the entry's") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    IngesterOptions options;
    options.store_address = store.address();
    options.accounts = {{"platform", {kSecret}, false, "acct_1", {{"shop", "acct_2"}, {"cafe", "acct_3"}}}};
    Ingester ingester(options);
    for (const char* account : {"acct_1", "acct_2", "acct_3"})
        CHECK(ingester.deliver(signed_webhook(event_body(account, [&](auto& event) { event["account"] = account; })))
                  .status == 200);
    CHECK(ingester.deliver(signed_webhook(event_body("evt_own"))).status == 200);
    const auto events = store.events();
    REQUIRE(events.size() == 4);
    CHECK(events[0].account() == "platform");
    CHECK(events[1].account() == "shop");
    CHECK(events[1].invoice().account() == "shop");
    CHECK(events[1].stripe_account_id() == "acct_2");
    CHECK(events[2].account() == "cafe");
    CHECK(events[3].account() == "platform");
}

TEST_CASE("an event of the other mode is answered, counted, and reaches no row") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Ingester ingester(two_accounts(store.address()));
    for (const auto& webhook : {signed_webhook(body_of("evt_1", true), 0, {kSecret}),
                                signed_webhook(body_of("evt_2", false), 0, {kSecondSecret})}) {
        const auto answer = ingester.deliver(webhook);
        CHECK(answer.status == 200);
        CHECK(answer.code() == "wrong_mode");
    }
    CHECK(store.events().empty());
    CHECK(ingester.metric(R"(quittance_webhooks_total{outcome="wrong_mode"})") == 2);
}
