// A page of Stripe's events: which events are kept, and where the page is cut.
#include "stripe_gateway/invoices/list_events.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

namespace quittance::stripe_gateway {
namespace {

namespace json = boost::json;

json::object event(const std::string& id, const std::string& type, json::value object) {
    return {{"id", id},
            {"object", "event"},
            {"type", type},
            {"created", 1'700'000'000},
            {"livemode", true},
            {"api_version", "2023-10-16"},
            {"data", {{"object", std::move(object)}}}};
}

json::object invoice(const std::string& id, const std::string& description = {}) {
    return {{"id", id},          {"object", "invoice"},       {"status", "open"},
            {"currency", "eur"}, {"created", 1'700'000'000},  {"amount_due", 100},
            {"amount_paid", 0},  {"description", description}};
}

std::string page(json::array events, bool has_more) {
    return json::serialize(json::object{{"object", "list"}, {"data", std::move(events)}, {"has_more", has_more}});
}

v1::ListStripeEventsResponse read(const v1::ListStripeEventsRequest& request, const std::string& body) {
    v1::ListStripeEventsResponse response;
    const auto status = read_event_page(request, "eu", body, response);
    INFO(status.error_message());
    REQUIRE(status.ok());
    return response;
}

TEST_CASE("what the store wants goes on, and the cursor passes what it does not") {
    const auto body =
        page({event("evt_3", "invoice.paid", invoice("in_1")), event("evt_2", "product.created", json::object()),
              event("evt_1", "charge.succeeded", json::object())},
             true);
    const auto response = read({}, body);
    REQUIRE(response.events_size() == 1);
    CHECK(response.events(0).event_id() == "evt_3");
    CHECK(response.events(0).account() == "eu");
    CHECK(response.events(0).livemode());
    CHECK(response.events(0).source() == v1::InvoiceEvent::SOURCE_EVENTS_LIST);
    CHECK(response.events(0).invoice().stripe_invoice_id() == "in_1");
    CHECK(response.last_event_id() == "evt_1");
    CHECK(response.has_more());
}

TEST_CASE("an invoice that cannot be read travels with the reason, what is no event does not") {
    auto broken = invoice("in_1");
    broken["amount_due"] = "a lot";
    const auto body = page({event("evt_2", "invoice.paid", broken), {{"id", "evt_1"}, {"object", "event"}}}, false);
    const auto response = read({}, body);
    REQUIRE(response.events_size() == 1);
    CHECK_FALSE(response.events(0).problem().empty());
    CHECK_FALSE(response.events(0).has_invoice());
    CHECK_FALSE(response.events(0).payload().empty());
    CHECK(response.last_event_id() == "evt_1");
    CHECK_FALSE(response.has_more());
}

TEST_CASE("types by name and by pattern") {
    v1::ListStripeEventsRequest request;
    CHECK(wants_type(request, "invoice.paid"));
    request.add_types("invoice.paid");
    request.add_types("customer.*");
    CHECK(wants_type(request, "invoice.paid"));
    CHECK(wants_type(request, "customer.updated"));
    CHECK_FALSE(wants_type(request, "invoice.voided"));
    CHECK_FALSE(wants_type(request, "customers.updated"));
}

TEST_CASE("a page of large events is cut below the largest message, and goes on behind the last that went") {
    json::array events;
    for (int i = 100; i > 0; --i)
        events.push_back(
            event("evt_" + std::to_string(i), "invoice.updated", invoice("in_1", std::string(400'000, 'x'))));
    const auto response = read({}, page(std::move(events), false));
    CHECK(response.events_size() > 1);
    CHECK(response.events_size() < 100);
    CHECK(response.ByteSizeLong() < 8U * 1024 * 1024);
    CHECK(response.has_more());
    CHECK(response.last_event_id() == response.events(response.events_size() - 1).event_id());
}

TEST_CASE("an event that is larger than the inbox takes has no payload, one that is larger than a call no contents") {
    const auto large =
        read({}, page({event("evt_1", "invoice.updated", invoice("in_1", std::string(1'200'000, 'x')))}, false));
    REQUIRE(large.events_size() == 1);
    CHECK(large.events(0).payload().empty());
    CHECK(large.events(0).has_invoice());
    CHECK(large.events(0).problem().empty());
    const auto larger =
        read({}, page({event("evt_1", "invoice.updated", invoice("in_1", std::string(3'200'000, 'x')))}, false));
    REQUIRE(larger.events_size() == 1);
    CHECK(larger.events(0).payload().empty());
    CHECK_FALSE(larger.events(0).has_invoice());
    CHECK_FALSE(larger.events(0).problem().empty());
}

TEST_CASE("what is no list is refused") {
    for (const char* body : {"", "[]", R"({"data":7})", R"({"object":"list","data":[7]})"}) {
        v1::ListStripeEventsResponse response;
        CHECK(read_event_page({}, "eu", body, response).error_code() == grpc::StatusCode::INTERNAL);
    }
}

}  // namespace
}  // namespace quittance::stripe_gateway
