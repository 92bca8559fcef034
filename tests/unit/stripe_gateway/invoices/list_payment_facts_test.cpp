// Pages of refunds and disputes: one answer of Stripe's for each object.
#include "stripe_gateway/invoices/list_payment_facts.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace quittance::stripe_gateway {
namespace {

google::protobuf::Timestamp answered() {
    google::protobuf::Timestamp time;
    time.set_seconds(1'700'000'000);
    return time;
}

const std::string kRefund =
    R"({"id":"re_1","object":"refund","amount":500,"currency":"eur","charge":"ch_1","status":"succeeded"})";

TEST_CASE("a refund in a list is an answer of Stripe's, with the answer's time") {
    const auto page =
        read_fact_page("eu", "refund.updated", R"({"data":[)" + kRefund + R"(],"has_more":true})", answered());
    REQUIRE(page.has_value());
    CHECK(page->has_more());
    CHECK(page->last_object_id() == "re_1");
    REQUIRE(page->events_size() == 1);
    const auto& event = page->events(0);
    CHECK(event.event_id().starts_with("refetch_"));
    CHECK(event.type() == "quittance.refetched");
    CHECK(event.account() == "eu");
    CHECK_FALSE(event.livemode());
    CHECK(event.source() == v1::InvoiceEvent::SOURCE_REFETCH);
    CHECK(event.event_time().seconds() == 1'700'000'000);
    CHECK(event.object_id() == "re_1");
    CHECK(event.payload().empty());
    CHECK(event.payment_fact().kind() == v1::PaymentFact::REFUND);
    CHECK(event.payment_fact().amount_minor() == 500);
    const auto again = read_fact_page("eu", "refund.updated", R"({"data":[)" + kRefund + "]}", answered());
    REQUIRE(again.has_value());
    CHECK_FALSE(again->has_more());
    CHECK(again->events(0).event_id() != event.event_id());
}

TEST_CASE("a dispute in a list is one as well, and what cannot be read is left out") {
    const auto page = read_fact_page("eu", "charge.dispute.updated", R"({"data":[
        {"id":"dp_1","object":"dispute","amount":500,"currency":"eur","charge":"ch_1","status":"lost","livemode":true},
        {"id":"dp_2","object":"dispute","amount":"much","currency":"eur","charge":"ch_1","status":"lost"}]})",
                                     answered());
    REQUIRE(page.has_value());
    REQUIRE(page->events_size() == 1);
    CHECK(page->events(0).payment_fact().kind() == v1::PaymentFact::DISPUTE);
    CHECK(page->events(0).livemode());
    CHECK(page->last_object_id() == "dp_2");
}

TEST_CASE("what is no list of objects is refused") {
    for (const char* body : {"", "{}", R"({"data":7})", R"({"data":["re_1"]})"}) {
        INFO(body);
        CHECK(read_fact_page("eu", "refund.updated", body, answered()).has_error());
    }
}

}  // namespace
}  // namespace quittance::stripe_gateway
