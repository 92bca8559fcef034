// What the payload of an event tells of an invoice's story.
#include "quittancectl/invoice_story.hpp"

#include <catch2/catch.hpp>
#include <string>

using quittance::quittancectl::read_story;

TEST_CASE("an event tells which attributes changed, and from what") {
    const auto story = read_story(R"({"id":"evt_1","type":"invoice.finalized","data":{
        "object":{"id":"in_1","status":"open","number":"A-1","total":1700},
        "previous_attributes":{"status":"draft","number":null,"total":0}},
        "request":{"id":"req_1","idempotency_key":"default:order-1:finalise"}})");
    CHECK(story.changed == "status: draft -> open, number:  -> A-1, total: 0 -> 1700");
    CHECK(story.asked == "default:order-1:finalise");
}

TEST_CASE("without earlier attributes the status is told, and for a failed payment the reason") {
    CHECK(
        read_story(R"({"data":{"object":{"status":"draft"}},"request":{"id":null,"idempotency_key":null}})").changed ==
        "draft");
    CHECK(read_story(R"({"data":{"object":{"status":"requires_payment_method",
        "last_payment_error":{"code":"card_declined","decline_code":"insufficient_funds"}}}})")
              .changed == "card_declined (insufficient_funds)");
    CHECK(read_story(R"({"data":{"object":{"status":"failed","failure_code":"expired_card"}}})").changed ==
          "expired_card");
}

TEST_CASE("many and long values are cut") {
    std::string before;
    std::string now;
    for (int i = 0; i < 20; ++i) {
        before += (i == 0 ? "" : ",") + ("\"a" + std::to_string(i) + "\":\"" + std::string(1'000, 'x') + "\"");
        now += (i == 0 ? "" : ",") + ("\"a" + std::to_string(i) + "\":1");
    }
    const auto story = read_story(R"({"data":{"object":{)" + now + R"(},"previous_attributes":{)" + before + "}}}");
    CHECK(story.changed.size() < 600);
    CHECK(story.changed.ends_with(", ..."));
}

TEST_CASE("what is no event tells nothing") {
    for (const std::string text : {"", "[]", "1", "{}", R"({"data":1})", R"({"data":{"object":[]}})",
                                   R"({"request":"req_1"})", R"({"data":{"previous_attributes":{"a":1}}})"}) {
        INFO(text);
        CHECK(read_story(text).changed.empty());
        CHECK(read_story(text).asked.empty());
    }
}
