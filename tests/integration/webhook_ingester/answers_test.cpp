// What the ingester pushes to the store, and what it makes of the store's answers.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <thread>

#include "integration/webhook_ingester/ingester.hpp"
#include "integration/webhook_ingester/scripted_store.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace): a test of its own
namespace v1 = quittance::v1;
using std::chrono::milliseconds;
using v1::EventOutcome;

namespace {

void check_asks_again(const Answer& answer, const std::string& code) {
    CHECK(answer.status == 503);
    CHECK(answer.code() == code);
    const auto* retry_after = quittance::http::find_header(answer.headers, "Retry-After");
    REQUIRE(retry_after != nullptr);
    CHECK(std::stoi(*retry_after) >= 1);
}

}  // namespace

TEST_CASE("the store gets the event, its bytes and the account's label") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Ingester ingester({store.address()});
    const auto body = event_body("evt_1");
    const auto answer = ingester.deliver(signed_webhook(body));
    CHECK(answer.status == 200);
    CHECK(answer.code() == "applied");
    const auto events = store.events();
    REQUIRE(events.size() == 1);
    CHECK(events[0].event_id() == "evt_1");
    CHECK(events[0].account() == "acme");
    CHECK(events[0].source() == v1::InvoiceEvent::SOURCE_WEBHOOK);
    CHECK(events[0].payload() == body);
    CHECK(events[0].invoice().account() == "acme");
    CHECK(events[0].invoice().status() == "paid");
    CHECK(events[0].invoice().amount_paid_minor() == 3300);
}

TEST_CASE("an event whose invoice cannot be read is pushed with the reason, to be parked") {
    ScriptedStore store(always(EventOutcome::DEAD));
    Ingester ingester({store.address()});
    const auto body = event_body("evt_1", [](auto& event) { object_of(event)["amount_paid"] = "33.00"; });
    const auto answer = ingester.deliver(signed_webhook(body));
    CHECK(answer.status == 200);
    CHECK(answer.code() == "dead");
    const auto events = store.events();
    REQUIRE(events.size() == 1);
    CHECK_FALSE(events[0].has_invoice());
    CHECK(events[0].problem() == "data.object.amount_paid is no integer of 64 bits");
    CHECK(events[0].object_id() == "in_1O9UOhA0ZUrt0vQJoum7M20X");
    CHECK(events[0].payload() == body);
}

TEST_CASE("events about refunds, disputes and customers are pushed without an invoice") {
    ScriptedStore store(always(EventOutcome::IGNORED));
    Ingester ingester({store.address()});
    for (const std::string type :
         {"charge.refunded", "charge.dispute.created", "credit_note.created", "customer.updated"})
        CHECK(ingester.deliver(signed_webhook(event_body(type, [&](auto& event) { event["type"] = type; }))).code() ==
              "ignored");
    const auto events = store.events();
    REQUIRE(events.size() == 4);
    for (const auto& event : events) {
        CHECK_FALSE(event.has_invoice());
        CHECK(event.problem().empty());
    }
}

TEST_CASE("every durable outcome is a 200, anything else a 503") {
    const std::vector<std::pair<EventOutcome::State, std::string>> durable{
        {EventOutcome::APPLIED, "applied"},
        {EventOutcome::STALE, "stale"},
        {EventOutcome::DUPLICATE, "duplicate"},
        {EventOutcome::IGNORED, "ignored"},
        {EventOutcome::NEEDS_REFETCH, "needs_refetch"},
        {EventOutcome::DEAD, "dead"}};
    auto state = EventOutcome::RETRY;
    ScriptedStore store([&state](const auto& request, auto& response) { return always(state)(request, response); });
    Ingester ingester({store.address()});
    for (const auto& [given, word] : durable) {
        state = given;
        const auto answer = ingester.deliver(signed_webhook(event_body("evt_1")));
        CHECK(answer.status == 200);
        CHECK(answer.code() == word);
        CHECK(ingester.metric("quittance_webhooks_total{outcome=\"" + word + "\"}") == 1);
    }
    for (const auto given : {EventOutcome::RETRY, EventOutcome::STATE_UNSPECIFIED}) {
        state = given;
        check_asks_again(ingester.deliver(signed_webhook(event_body("evt_1"))), "store_refused");
    }
}

TEST_CASE("every failure of the store is a 503 that says nothing about its inside") {
    const std::vector<std::pair<grpc::StatusCode, std::string>> failures{
        {grpc::StatusCode::UNAVAILABLE, "store_unavailable"},
        {grpc::StatusCode::RESOURCE_EXHAUSTED, "store_too_slow"},
        {grpc::StatusCode::DEADLINE_EXCEEDED, "store_too_slow"},
        {grpc::StatusCode::ABORTED, "store_refused"},
        {grpc::StatusCode::INVALID_ARGUMENT, "store_refused"},
        {grpc::StatusCode::INTERNAL, "store_refused"},
        {grpc::StatusCode::UNIMPLEMENTED, "store_refused"}};
    auto code = grpc::StatusCode::OK;
    ScriptedStore store(
        [&code](const auto&, auto&) { return grpc::Status(code, "relation \"inbox\" does not exist"); });
    Ingester ingester({store.address()});
    for (const auto& [given, word] : failures) {
        code = given;
        const auto answer = ingester.deliver(signed_webhook(event_body("evt_1")));
        check_asks_again(answer, word);
        CHECK(answer.body.find("inbox") == std::string::npos);
    }
    // An answer with too few outcomes says nothing about the events without one.
    code = grpc::StatusCode::OK;
    check_asks_again(ingester.deliver(signed_webhook(event_body("evt_1"))), "store_refused");
}

TEST_CASE("a store that is away, or never was there, is told at once") {
    constexpr milliseconds kAckTime{60'000};
    std::string address;
    {
        ScriptedStore store(always(EventOutcome::APPLIED));
        address = store.address();
        Ingester ingester({address, {kSecret}, kAckTime});
        CHECK(ingester.deliver(signed_webhook(event_body("evt_1"))).status == 200);
        store.stop();
        const auto answer = ingester.deliver(signed_webhook(event_body("evt_2")));
        check_asks_again(answer, "store_unavailable");
        CHECK(answer.took < kAckTime / 2);
    }
    Ingester never_connected({address, {kSecret}, kAckTime});
    const auto answer = never_connected.deliver(signed_webhook(event_body("evt_3")));
    check_asks_again(answer, "store_unavailable");
    CHECK(answer.took < kAckTime / 2);
}

TEST_CASE("a store that hangs costs each webhook its patience and no more, however many wait") {
    Gate gate;
    ScriptedStore store([&gate](const auto&, auto&) {
        gate.wait();
        return grpc::Status::OK;
    });
    constexpr milliseconds kAckTime{2'000};
    Ingester ingester({store.address(), {kSecret}, kAckTime});
    std::vector<Webhook> webhooks;
    for (int i = 0; i < 800; ++i) webhooks.push_back(signed_webhook(event_body("evt_" + std::to_string(i))));
    const auto answers = ingester.sender().deliver_all(webhooks, 800);
    for (const auto& answer : answers) {
        REQUIRE(answer.status == 503);
        CHECK(answer.code() == "store_too_slow");
    }
    // One after the other they would wait for minutes. From the ingester's own clock, which knows nothing of the
    // sender's load.
    CHECK(ingester.metric(R"(quittance_webhook_seconds_bucket{le="30"})") == 800);
    gate.open();
}

TEST_CASE("the age of the newest durable event is shown") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Ingester ingester({store.address()});
    CHECK(ingester.metric("quittance_newest_event_age_seconds") >= 0);
    CHECK(ingester.metric("quittance_newest_event_age_seconds") < 60);
    const auto happened = unix_now() - 5'000;
    ingester.deliver(signed_webhook(event_body("evt_1", [&](auto& event) { event["created"] = happened; })));
    ingester.deliver(signed_webhook(event_body("evt_2", [&](auto& event) { event["created"] = happened - 5'000; })));
    const auto age = ingester.metric("quittance_newest_event_age_seconds");
    CHECK(age >= 5'000);
    CHECK(age < 5'060);
}
