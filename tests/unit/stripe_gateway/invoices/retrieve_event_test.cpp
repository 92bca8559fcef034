// What a thin event names, read from Stripe's answer about it.
#include "stripe_gateway/invoices/retrieve_event.hpp"

#include <catch2/catch.hpp>

namespace quittance::stripe_gateway {
namespace {

std::string thin_event(const std::string& type, const std::string& rest) {
    return R"({"id":"evt_test_1","object":"v2.core.event","created":"2026-01-01T00:00:01.250Z","livemode":true,"type":")" +
           type + "\"," + rest + "}";
}

const std::string kHealth = "v2.core.health.event_generation_failure.resolved";

TEST_CASE("a thin event names its object and its snapshot event") {
    const auto named = read_named_object(thin_event("v1.refund.created", R"("snapshot_event":"evt_1",
        "related_object":{"id":"re_1","type":"refund","url":"/v1/refunds/re_1"})"));
    REQUIRE(named.has_value());
    CHECK(named->event.event_id() == "evt_test_1");
    CHECK(named->event.type() == "refund.created");
    CHECK(named->event.livemode());
    CHECK(named->event.event_time().seconds() == 1'767'225'601);
    CHECK(named->snapshot_event_id == "evt_1");
    CHECK(named->id == "re_1");
    CHECK(named->type == "refund");
}

TEST_CASE("a health event names the event that Stripe failed to make, and the connected account of it") {
    for (const std::string type : {"invoice.paid", "v1.invoice.paid"}) {
        const auto named =
            read_named_object(thin_event(kHealth, R"("data":{"alert_id":"al_1","impact":{"context":"acct_2",
            "event_type":")" + type + R"(","related_object":{"id":"in_1","type":"invoice"}}})"));
        REQUIRE(named.has_value());
        CHECK(named->event.event_id() == "evt_test_1");
        CHECK(named->event.type() == "invoice.paid");
        CHECK(named->event.stripe_account_id() == "acct_2");
        CHECK(named->snapshot_event_id.empty());
        CHECK(named->id == "in_1");
        CHECK(named->type == "invoice");
    }
}

TEST_CASE("what is no thin event, or names nothing, cannot be read") {
    for (const auto& body : {std::string(), std::string("[]"), std::string(R"({"object":"event","id":"evt_1"})"),
                             thin_event(kHealth, R"("data":{})"),
                             thin_event(kHealth, R"("data":{"impact":{"event_type":"invoice.paid"}})"),
                             thin_event(kHealth, R"("data":{"impact":{"related_object":{"id":"in_1"}}})")}) {
        INFO(body);
        const auto named = read_named_object(body);
        REQUIRE(named.has_error());
        CHECK(rpc::detail_of(named.error()).reason() == "stripe_unreadable");
    }
}

}  // namespace
}  // namespace quittance::stripe_gateway
