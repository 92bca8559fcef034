// Events that EventBridge or Event Grid bring: the key stands for the signature, everything behind it is as for
// webhooks.
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "integration/webhook_ingester/ingester.hpp"
#include "integration/webhook_ingester/scripted_store.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace): a test of its own
namespace v1 = quittance::v1;
using v1::EventOutcome;

namespace {

// printf alpha | sha256sum
constexpr const char* kHashes = "acme:8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8";

IngesterOptions with_relay(const std::string& store) {
    IngesterOptions options;
    options.store_address = store;
    options.relay_key_hashes = kHashes;
    return options;
}

Answer relay(const Ingester& ingester, const std::string& body, const std::string& key = "alpha") {
    return ingester.sender().request("POST", "/events/stripe", body, {{"Api-Key", key}});
}

std::string by_event_bridge(const std::string& event) {
    return R"({"version":"0","source":"aws.partner/stripe.com/1","detail":)" + event + "}";
}

}  // namespace

TEST_CASE("a relayed event is applied as its webhook would be, with the label of the key") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Ingester ingester(with_relay(store.address()));
    const auto answer = relay(ingester, by_event_bridge(event_body("evt_1")));
    CHECK(answer.status == 200);
    CHECK(answer.code() == "applied");
    const auto grid = "[{\"data\":" + event_body("evt_2") + "},{\"data\":" + event_body("evt_3") + "}]";
    CHECK(relay(ingester, grid).status == 200);
    const auto events = store.events();
    REQUIRE(events.size() == 3);
    CHECK(events[0].event_id() == "evt_1");
    CHECK(events[0].account() == "acme");
    CHECK(events[0].has_invoice());
    CHECK_FALSE(events[0].payload().empty());
    CHECK(events[2].event_id() == "evt_3");
}

TEST_CASE("an event of the other mode is skipped, and one that the store does not take is sent again") {
    ScriptedStore store(always(EventOutcome::RETRY));
    Ingester ingester(with_relay(store.address()));
    const auto live = event_body("evt_1", [](auto& event) { event["livemode"] = true; });
    CHECK(relay(ingester, by_event_bridge(live)).code() == "wrong_mode");
    CHECK(store.events().empty());
    CHECK(relay(ingester, by_event_bridge(event_body("evt_2"))).status == 503);
}

TEST_CASE("Event Grid's question is answered with its code") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Ingester ingester(with_relay(store.address()));
    const auto answer = relay(
        ingester,
        R"([{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6"}}])");
    CHECK(answer.status == 200);
    CHECK(answer.body == R"({"validationResponse":"512d38b6"})");
}

TEST_CASE("without the key nothing is read, and without a configured key the route is closed") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    const auto event = by_event_bridge(event_body("evt_1"));
    Ingester ingester(with_relay(store.address()));
    for (const char* key : {"", "beta", "8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8"}) {
        const auto answer = relay(ingester, event, key);
        CHECK(answer.status == 401);
        CHECK(answer.code() == "invalid_api_key");
    }
    CHECK(ingester.sender().request("POST", "/events/stripe", event).status == 401);
    CHECK(ingester.sender()
              .request("POST", "/events/stripe", event, {{"Api-Key", "alpha"}, {"Api-Key", "alpha"}})
              .status == 401);
    CHECK(relay(ingester, "{}").code() == "not_an_event");

    IngesterOptions closed;
    closed.store_address = store.address();
    Ingester without(closed);
    CHECK(relay(without, event).status == 401);
    CHECK(store.events().empty());
}
