// Events in the envelopes of EventBridge and Event Grid.
#include "stripe/relayed_events.hpp"

#include <catch2/catch.hpp>

using quittance::stripe::read_relayed_events;

namespace {

const std::string kEvent = R"({"id":"evt_1","object":"event"})";

std::string problem_of(std::string_view body) {
    const auto read = read_relayed_events(body);
    return read.has_error() ? read.error().detail : "";
}

}  // namespace

TEST_CASE("the event is taken out of each envelope") {
    for (const auto& body :
         {R"({"version":"0","detail-type":"invoice.paid","source":"aws.partner/stripe.com/1","detail":)" + kEvent + "}",
          R"([{"id":"1","eventType":"invoice.paid","data":)" + kEvent + "}]",
          R"({"specversion":"1.0","type":"invoice.paid","data":)" + kEvent + "}"}) {
        const auto read = read_relayed_events(body);
        REQUIRE(read.has_value());
        CHECK(read->events == std::vector<std::string>{kEvent});
        CHECK(read->validation_code.empty());
    }
    CHECK(read_relayed_events(R"([{"data":)" + kEvent + R"(},{"data":)" + kEvent + "}]")->events.size() == 2);
}

TEST_CASE("the question of Event Grid is told by its code") {
    const auto read = read_relayed_events(
        R"([{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6"}}])");
    REQUIRE(read.has_value());
    CHECK(read->validation_code == "512d38b6");
    CHECK(read->events.empty());
}

TEST_CASE("a body without an event is refused with the reason") {
    CHECK(problem_of("") == "The body is no JSON object or array.");
    CHECK(problem_of("[]") == "The array has no envelope.");
    CHECK(problem_of(kEvent) == "An envelope has no event in detail or data.");
    CHECK(problem_of("[1]") == "An envelope has no event in detail or data.");
    CHECK(problem_of(R"([{"data":"text"}])") == "An envelope has no event in detail or data.");
    CHECK(problem_of(R"([{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{}}])") ==
          "The validation event has no validationCode.");
    std::string many = "[" + kEvent;
    for (int i = 0; i < 100; ++i) many += "," + kEvent;
    CHECK(problem_of(many + "]") == "The array has more than 100 envelopes.");
}
