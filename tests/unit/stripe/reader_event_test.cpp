// Envelopes: which bodies are events, which the store wants, and how an event with an unreadable invoice is kept.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <functional>

#include "stripe/reader.hpp"
#include "unit/stripe/stripe_data.hpp"

namespace {

namespace json = boost::json;
namespace stripe = quittance::stripe;
using stripe::read_event;

constexpr std::int64_t kCreated = 1'699'283'264;  // of the fixture

// invoice_paid.json, changed.
std::string changed(const std::function<void(json::object&)>& change) {
    auto event = quittance::test::fixture_json("invoice_paid.json").as_object();
    change(event);
    return json::serialize(event);
}

json::object& invoice_in(json::object& event) {
    return event.at("data").at("object").as_object();
}

stripe::EventRead read(const std::string& body) {
    auto result = read_event(body);
    INFO((result.has_error() ? result.error().detail : std::string()));
    REQUIRE(result.has_value());
    return *std::move(result);
}

std::string refusal(const std::string& body) {
    const auto result = read_event(body);
    return result.has_error() ? result.error().detail : "accepted";
}

}  // namespace

TEST_CASE("a body that is no event is refused with a sentence that does not quote it") {
    CHECK(refusal("") == "The body is no JSON object.");
    CHECK(refusal("{") == "The body is no JSON object.");
    CHECK(refusal("[]") == "The body is no JSON object.");
    CHECK(refusal("null") == "The body is no JSON object.");
    CHECK(refusal(R"({"object":"event"} x)") == "The body is no JSON object.");
    CHECK(refusal("{\"object\":\"\xFF\"}") == "The body is no JSON object.");
    CHECK(refusal(R"({"object":"\ud800"})") == "The body's object is not \"event\".");
    CHECK(refusal(std::string(100'000, '[')) == "The body is no JSON object.");
    CHECK(refusal("{}") == R"(The body's object is not "event".)");
    CHECK(refusal(R"({"object":"invoice","id":"in_1"})") == R"(The body's object is not "event".)");
    CHECK(refusal(R"({"object":"event","type":"a","created":1})") == "The event's id is missing or no text.");
    CHECK(refusal(R"({"object":"event","id":7,"type":"a","created":1})") == "The event's id is missing or no text.");
    CHECK(refusal(R"({"object":"event","id":"evt_1","created":1})") == "The event's type is missing or no text.");
    CHECK(refusal(R"({"object":"event","id":"evt_1","type":"a"})") == "The event's created is missing.");
    CHECK(refusal(R"({"object":"event","id":"evt_1","type":"a","created":"1"})") ==
          "The event's created is no integer of 64 bits.");
    CHECK(refusal(R"({"object":"event","id":"evt_1","type":"a","created":1.5})") ==
          "The event's created is no integer of 64 bits.");
    CHECK(refusal(R"({"object":"event","id":"evt_1","type":"a","created":-1})") ==
          "The event's created is no time in seconds since 1970.");
    CHECK(refusal(R"({"object":"event","id":"evt_1","type":"a","created":253402300800})") ==
          "The event's created is no time in seconds since 1970.");
    const auto long_id = R"({"object":"event","type":"a","created":1,"id":")" + std::string(256, 'e') + "\"}";
    CHECK(refusal(long_id) == "The event's id is longer than 255 bytes.");
    for (const std::string id : {"\\u0000", "evt 1", "evt_\\u202e", "evt\\n"})
        CHECK(refusal(R"({"object":"event","id":")" + id + R"(","type":"invoice.paid","created":1})") ==
              "The event's id is not of visible ASCII characters.");
    CHECK(refusal(R"({"object":"event","id":"evt_1","type":"\u0000","created":1})") == "The event's type is empty.");
    CHECK(refusal(R"({"object":"event","id":"evt_1","type":"a","created":1,"api_version":")" + std::string(1'025, 'a') +
                  R"("})") == "The event's api_version is longer than 1024 bytes.");
}

TEST_CASE("the envelope is read in its old and new forms") {
    const auto body = changed([](json::object& event) {
        event["account"] = "acct_1";
        event["livemode"] = true;
        event["api_version"] = nullptr;
        event["request"] = {{"id", "req_1"}, {"idempotency_key", "key-1"}};
    });
    const auto event = read(body).event;
    CHECK(event.stripe_account_id() == "acct_1");
    CHECK(event.livemode());
    CHECK(event.invoice().livemode());
    CHECK(event.api_version().empty());
    CHECK(event.request_id() == "req_1");
    CHECK(event.idempotency_key() == "key-1");
    CHECK(event.event_time().seconds() == kCreated);
    CHECK(event.event_time().nanos() == 0);
    CHECK(event.object_id() == event.invoice().stripe_invoice_id());
    CHECK(event.source() == quittance::v1::InvoiceEvent::SOURCE_WEBHOOK);
    CHECK(event.payload() == body);
    CHECK(event.account().empty());
    const auto in_context = [](const char* context) {
        return read(changed([&](json::object& e) { e["context"] = context; })).event.stripe_account_id();
    };
    CHECK(in_context("acct_2") == "acct_2");
    CHECK(in_context("org_1/acct_2") == "acct_2");

    const auto plain = read(changed([](json::object& e) { e["request"] = "req_2"; })).event;
    CHECK(plain.request_id() == "req_2");
    CHECK(plain.idempotency_key().empty());
    for (const auto& nothing : {json::value(nullptr), json::value(json::object{{"id", nullptr}})}) {
        const auto automatic = read(changed([&](json::object& e) { e["request"] = nothing; })).event;
        CHECK(automatic.request_id().empty());
    }
}

TEST_CASE("the store wants what tells an invoice's story") {
    for (const std::string type : {"invoice.paid", "invoice.created", "invoice.something_new", "invoice_payment.paid",
                                   "charge.refunded", "charge.dispute.created", "charge.dispute.funds_withdrawn",
                                   "credit_note.created", "credit_note.voided", "customer.updated", "refund.failed"}) {
        INFO(type);
        CHECK(stripe::concerns_invoice(type));
    }
    for (const std::string type :
         {"", "invoice", "invoice.upcoming", "invoiceitem.created", "payment_intent.succeeded", "charge.succeeded",
          "charge.refunded.x", "payout.paid", "Invoice.paid", "xinvoice.paid"}) {
        INFO(type);
        CHECK_FALSE(stripe::concerns_invoice(type));
    }
}

TEST_CASE("events about other things come without an invoice") {
    for (const std::string type : {"charge.refunded", "customer.updated", "payment_intent.succeeded"}) {
        const auto read_back = read(changed([&](json::object& event) { event["type"] = type; }));
        CHECK_FALSE(read_back.event.has_invoice());
        CHECK(read_back.event.problem().empty());
        CHECK_FALSE(read_back.event.payload().empty());
    }
    const auto preview = read(changed([](json::object& event) {
        event["type"] = "invoice.upcoming";
        invoice_in(event).erase("id");
    }));
    CHECK_FALSE(preview.concerns_invoice);
    CHECK_FALSE(preview.event.has_invoice());
    CHECK(preview.event.problem().empty());
    const auto foreign = read(changed([](json::object& event) {
        event["type"] = "invoice.payment.something_new";
        invoice_in(event)["object"] = "invoice_payment";
    }));
    CHECK(foreign.concerns_invoice);
    CHECK_FALSE(foreign.event.has_invoice());
    CHECK(foreign.event.problem().empty());
}

TEST_CASE("a type and a status that nobody knows yet are kept and read") {
    const auto event = read(changed([](json::object& e) {
                           e["type"] = "invoice.settled_in_gold";
                           invoice_in(e)["status"] = "golden";
                       })).event;
    CHECK(event.type() == "invoice.settled_in_gold");
    CHECK(event.invoice().status() == "golden");
    CHECK(event.invoice().amount_paid_minor() == 3300);
}

TEST_CASE("an invoice that cannot be read leaves the event, its payload and the reason") {
    const auto body = changed([](json::object& event) { invoice_in(event)["amount_paid"] = 33.5; });
    const auto event = read(body).event;
    CHECK_FALSE(event.has_invoice());
    CHECK(event.problem() == "data.object.amount_paid is no integer of 64 bits");
    CHECK(event.payload() == body);
    CHECK(event.object_id() == "in_1O9UOhA0ZUrt0vQJoum7M20X");
    const auto without_object = read(changed([](json::object& e) { e.erase("data"); })).event;
    CHECK(without_object.problem() == "data.object is missing");
    const auto line = read(changed([](json::object& e) {
                          invoice_in(e)["lines"].at("data").at(0).as_object()["amount"] = "3300";
                      })).event;
    CHECK(line.problem() == "data.object.lines.data[0].amount is no integer of 64 bits");
}

TEST_CASE("a deleted draft is deleted whatever its object says") {
    const auto stale = read(changed([](json::object& e) {
        e["type"] = "invoice.deleted";
        invoice_in(e)["status"] = "draft";
    }));
    CHECK(stale.event.invoice().status() == "deleted");
    const auto lean = read(changed([](json::object& e) {
        e["type"] = "invoice.deleted";
        e["data"].as_object()["object"] = {{"id", "in_1"}, {"object", "invoice"}, {"deleted", true}};
    }));
    CHECK(lean.event.problem().empty());
    CHECK(lean.event.invoice().status() == "deleted");
    CHECK(lean.event.invoice().stripe_invoice_id() == "in_1");
    CHECK_FALSE(lean.event.invoice().has_create_time());
}

TEST_CASE("the last attempt is the event where it is an attempt, else when it was paid") {
    const auto attempt = [](const std::string& type, const std::function<void(json::object&)>& change) {
        return read(changed([&](json::object& event) {
                   event["type"] = type;
                   event["created"] = kCreated + 5;
                   change(invoice_in(event));
               }))
            .event.invoice();
    };
    const auto as_it_is = [](json::object&) {};
    for (const std::string type :
         {"invoice.payment_failed", "invoice.payment_succeeded", "invoice.payment_action_required"})
        CHECK(attempt(type, as_it_is).last_payment_attempt_time().seconds() == kCreated + 5);
    CHECK(attempt("invoice.paid", as_it_is).last_payment_attempt_time().seconds() == kCreated);
    CHECK(attempt("invoice.updated", as_it_is).last_payment_attempt_time().seconds() == kCreated);
    CHECK_FALSE(attempt("invoice.paid", [](auto& i) { i["attempted"] = false; }).has_last_payment_attempt_time());
    CHECK_FALSE(attempt("invoice.paid", [](auto& i) { i["paid_out_of_band"] = true; }).has_last_payment_attempt_time());
    CHECK_FALSE(
        attempt("invoice.paid", [](auto& i) { i["amount_paid_off_stripe"] = 3300; }).has_last_payment_attempt_time());
    // Since basil an invoice does not say whether it was paid out of band, unless it lists its payments.
    CHECK_FALSE(attempt("invoice.paid", [](auto& i) { i.erase("paid_out_of_band"); }).has_last_payment_attempt_time());
    CHECK(
        attempt("invoice.paid",
                [](auto& i) {
                    i.erase("paid_out_of_band");
                    i["payments"] = json::parse(
                        R"({"data":[{"status":"paid","payment":{"type":"payment_intent","payment_intent":"pi_1"}}]})");
                })
            .last_payment_attempt_time()
            .seconds() == kCreated);
    CHECK_FALSE(attempt("invoice.updated", [](auto& i) { i["status"] = "open"; }).has_last_payment_attempt_time());
}

std::string thin_event(const std::string& type, const std::string& rest) {
    return R"({"id":"evt_test_65","object":"v2.core.event","created":"2026-01-01T00:00:01.250Z","type":")" + type +
           R"(","livemode":true)" + rest + "}";
}

TEST_CASE("a thin event names its snapshot event and its object") {
    const auto thin = read(thin_event("v1.invoice.paid", R"(,"context":"acct_1","snapshot_event":"evt_1",
        "related_object":{"id":"in_1","type":"invoice","url":"/v1/invoices/in_1"})"));
    CHECK(thin.concerns_invoice);
    CHECK(thin.event.event_id() == "evt_test_65");
    CHECK(thin.event.type() == "v1.invoice.paid");
    CHECK(thin.event.livemode());
    CHECK(thin.event.stripe_account_id() == "acct_1");
    CHECK(thin.event.payload().empty());
    REQUIRE(thin.thin);
    CHECK(thin.event.event_time().seconds() == 1'767'225'601);
    CHECK(thin.thin->snapshot_event_id == "evt_1");
    CHECK(thin.thin->object_id == "in_1");
    CHECK(thin.thin->object_type == "invoice");
    CHECK(refusal(R"({"object":"v2.core.event","type":"v1.invoice.paid"})") == "The event's id is missing or no text.");
    CHECK(refusal(R"({"object":"v2.core.event","id":"evt_1","type":"v1.invoice.paid","created":7})") ==
          "The event's created is missing or no text.");
}

TEST_CASE("thin events of the types that the store wants are wanted, and those of events that failed") {
    for (const std::string type :
         {"v1.invoice.paid", "v1.invoice.line_item_added", "v1.invoice_payment.open", "v1.refund.created",
          "v1.charge.dispute.created", "v1.customer.updated", "v2.core.health.event_generation_failure.resolved"}) {
        INFO(type);
        CHECK(read(thin_event(type, "")).concerns_invoice);
    }
    for (const std::string type : {"v1.invoice.upcoming", "v1.payout.paid", "invoice.paid", "v2.invoice.paid",
                                   "v2.core.account.created", "v2.core.health.event_generation_failure.started"}) {
        INFO(type);
        const auto thin = read(thin_event(type, R"(,"related_object":null,"snapshot_event":null,"context":null)"));
        CHECK_FALSE(thin.concerns_invoice);
        CHECK(thin.thin);
        CHECK(thin.event.stripe_account_id().empty());
    }
}

TEST_CASE("half of a surrogate pair is read as U+FFFD, and whole pairs stay") {
    const auto description = [](const std::string& text) {
        auto body = changed([](json::object& event) { invoice_in(event)["description"] = "PLACE"; });
        body.replace(body.find("PLACE"), 5, text);
        return read(body).event.invoice().description();
    };
    const std::string lost = "\xef\xbf\xbd";
    CHECK(description("a\\ud83d") == "a" + lost);
    CHECK(description("\\ude00b") == lost + "b");
    CHECK(description("\\uD83D\\u0041") == lost + "A");
    CHECK(description("\\ud83d\\ud83d\\ude00") == lost + "\xf0\x9f\x98\x80");
    CHECK(description("\\ud83d\\ude00") == "\xf0\x9f\x98\x80");
    CHECK(description("\\\\ud83d \\ud83d") == "\\ud83d " + lost);
    CHECK(refusal(R"({"object":"event","id":"evt_1","type":"\ud83d)") == refusal("no JSON"));
}

TEST_CASE("a large event is read as well as a small one") {
    const auto body = changed([](json::object& event) {
        auto& lines = invoice_in(event)["lines"].at("data").as_array();
        const auto line = lines.at(0);
        while (lines.size() < 300) lines.push_back(line);
    });
    REQUIRE(body.size() > 256 * 1024);
    for (int round = 0; round < 3; ++round) {
        CHECK(read(body).event.invoice().lines_size() == 300);
        CHECK(read(quittance::test::fixture("invoice_paid.json")).event.invoice().lines_size() == 1);
    }
}
