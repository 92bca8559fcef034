// The inbox for operators: lists, single events, replays, discards.
#include <atomic>
#include <catch2/catch.hpp>
#include <set>
#include <thread>
#include <vector>

#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "invoice_store/invoices/invoice_id.hpp"
#include "rpc/status.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using test::make_event;
using Outcome = v1::EventOutcome;

namespace {

struct Running {
    test::StoreDatabase database;
    test::StoreServer server{database.url()};
    test::StoreClient client{server.stub()};

    v1::ListEventsResponse list(const v1::ListEventsRequest& request) {
        v1::ListEventsResponse response;
        const auto status = client.call(&v1::InvoiceStore::Stub::ListEvents, request, response);
        INFO(status.error_message());
        REQUIRE(status.ok());
        return response;
    }

    v1::InboxEvent get(const std::string& event_id) {
        v1::GetEventRequest request;
        request.mutable_name()->set_event_id(event_id);
        v1::InboxEvent event;
        REQUIRE(client.call(&v1::InvoiceStore::Stub::GetEvent, request, event).ok());
        return event;
    }

    std::vector<Outcome> replay(const std::vector<std::string>& event_ids) {
        test::StoreClient caller(server.stub());
        v1::ReplayEventsRequest request;
        for (const auto& id : event_ids) request.add_names()->set_event_id(id);
        v1::ReplayEventsResponse response;
        const auto status = caller.call(&v1::InvoiceStore::Stub::ReplayEvents, request, response);
        if (!status.ok()) return {};
        return {response.outcomes().begin(), response.outcomes().end()};
    }

    grpc::Status discard(const std::vector<std::string>& event_ids) {
        v1::DiscardEventsRequest request;
        for (const auto& id : event_ids) request.add_names()->set_event_id(id);
        request.set_reason("a test event of ours");
        v1::DiscardEventsResponse response;
        return client.call(&v1::InvoiceStore::Stub::DiscardEvents, request, response);
    }
};

// As Stripe sends it, so that it can be read again from its payload.
v1::InvoiceEvent stripe_event(const std::string& event_id, const std::string& status, int second,
                              const std::string& invoice = "in_test") {
    auto event = make_event(event_id, status, second, invoice);
    event.set_payload(R"({"object":"event","id":")" + event_id + R"(","type":"invoice.updated","created":)" +
                      std::to_string(test::kCreateSecond + second) +
                      R"(,"livemode":false,"data":{"object":{"object":"invoice","id":")" + invoice +
                      R"(","customer":"cus_test","status":")" + status + R"(","currency":"eur","created":)" +
                      std::to_string(test::kCreateSecond) +
                      R"(,"amount_due":3300,"amount_paid":3300,"amount_remaining":0,"subtotal":3300,"total":3300,)"
                      R"("lines":{"object":"list","has_more":false,"data":[]}}}})");
    return event;
}

// What a reader of that day could not read.
v1::InvoiceEvent unreadable(v1::InvoiceEvent event) {
    event.clear_invoice();
    event.set_problem("data.object.amount_due is no integer");
    return event;
}

std::vector<std::string> ids_of(const v1::ListEventsResponse& page) {
    std::vector<std::string> ids;
    for (const auto& event : page.events()) ids.push_back(event.event_id());
    return ids;
}

}  // namespace

TEST_CASE("events are listed newest first, page by page, without one missing or twice") {
    Running running;
    // One batch: all of them arrive at the same moment.
    std::vector<v1::InvoiceEvent> events;
    for (int i = 0; i < 45; ++i) events.push_back(make_event("evt_" + std::to_string(i), "open", i));
    auto live = make_event("evt_0", "open", 1);
    live.set_livemode(true);
    events.push_back(live);
    running.client.apply(events);
    running.client.apply({make_event("evt_newest", "paid", 99)});
    v1::ListEventsRequest request;
    request.set_page_size(10);
    std::vector<std::string> seen;
    do {
        const auto page = running.list(request);
        for (const auto& id : ids_of(page)) seen.push_back(id);
        request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    CHECK(seen.size() == 47);
    CHECK(seen.front() == "evt_newest");
    CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 46);
}

TEST_CASE("events are found by state, invoice, type and time of arrival") {
    Running running;
    running.client.apply({make_event("evt_1", "open", 1, "in_1"), make_event("evt_2", "open", 1, "in_2"),
                          unreadable(stripe_event("evt_3", "paid", 2, "in_1"))});
    running.client.apply({make_event("evt_4", "paid", 2, "in_2")});
    running.database.run("UPDATE events SET received_at = '2026-01-01 00:00:00+00' WHERE event_id = 'evt_2'");

    v1::ListEventsRequest dead;
    dead.set_state("dead");
    CHECK(ids_of(running.list(dead)) == std::vector<std::string>{"evt_3"});
    v1::ListEventsRequest history;
    history.set_invoice_id("in_1");
    CHECK(ids_of(running.list(history)) == std::vector<std::string>{"evt_3", "evt_1"});
    history.set_invoice_id(invoice_store::invoice_id("default", false, "in_2", test::kCreateSecond));
    CHECK(ids_of(running.list(history)) == std::vector<std::string>{"evt_4", "evt_2"});
    v1::ListEventsRequest by_time;
    by_time.mutable_received_from()->set_seconds(1'767'225'600);
    by_time.mutable_received_to()->set_seconds(1'767'225'601);
    CHECK(ids_of(running.list(by_time)) == std::vector<std::string>{"evt_2"});
    by_time.set_type("invoice.paid");
    CHECK(running.list(by_time).events_size() == 0);

    const auto page = running.list(dead);
    CHECK(page.events(0).last_error() == "data.object.amount_due is no integer");
    CHECK(page.events(0).state() == "dead");
    CHECK(page.events(0).attempts() == 1);
    CHECK_FALSE(page.events(0).has_apply_time());
    CHECK(page.events(0).payload().empty());
    CHECK_FALSE(running.get("evt_3").payload().empty());
    CHECK(running.get("evt_1").has_apply_time());
    CHECK(running.get("evt_1").source() == v1::InvoiceEvent::SOURCE_WEBHOOK);

    v1::GetEventRequest missing;
    missing.mutable_name()->set_event_id("evt_9");
    v1::InboxEvent event;
    CHECK(running.client.call(&v1::InvoiceStore::Stub::GetEvent, missing, event).error_code() ==
          grpc::StatusCode::NOT_FOUND);
}

TEST_CASE("what is wrong with a request for events is told field by field") {
    Running running;
    v1::ListEventsRequest request;
    request.set_state("broken");
    request.set_page_size(101);
    v1::ListEventsResponse response;
    auto status = running.client.call(&v1::InvoiceStore::Stub::ListEvents, request, response);
    CHECK(rpc::detail_of(status).fields_size() == 2);
    for (const char* token : {"x", "abc", "00", "zz00", "a b"}) {
        v1::ListEventsRequest paged;
        paged.set_page_token(token);
        status = running.client.call(&v1::InvoiceStore::Stub::ListEvents, paged, response);
        CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
    }
    // A token of another filter.
    running.client.apply({make_event("evt_1", "open", 1), make_event("evt_2", "open", 2)});
    v1::ListEventsRequest one;
    one.set_page_size(1);
    v1::ListEventsRequest other;
    other.set_state("applied");
    other.set_page_token(running.list(one).next_page_token());
    REQUIRE_FALSE(other.page_token().empty());
    status = running.client.call(&v1::InvoiceStore::Stub::ListEvents, other, response);
    CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
    v1::ReplayEventsResponse replayed;
    CHECK(running.client.call(&v1::InvoiceStore::Stub::ReplayEvents, {}, replayed).error_code() ==
          grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_CASE("a dead event is replayed from its payload, once") {
    Running running;
    running.client.apply({make_event("evt_1", "open", 1), unreadable(stripe_event("evt_2", "paid", 2))});
    CHECK(running.database.invoices().at("in_test").status() == "open");
    const auto outcomes = running.replay({"evt_2", "evt_missing"});
    REQUIRE(outcomes.size() == 2);
    CHECK(outcomes[0].state() == Outcome::APPLIED);
    CHECK(outcomes[1].state() == Outcome::DEAD);
    CHECK(outcomes[1].detail() == "no such event");
    CHECK(running.database.invoices().at("in_test").status() == "paid");
    auto event = running.get("evt_2");
    CHECK(event.state() == "applied");
    CHECK(event.attempts() == 2);
    CHECK(event.last_error().empty());
    CHECK(event.has_apply_time());
    CHECK(event.invoice_id() == running.database.invoices().at("in_test").id());
    // A replay of what is applied changes nothing.
    const auto before = running.database.invoices().at("in_test").DebugString();
    CHECK(running.replay({"evt_2", "evt_1"})[0].state() == Outcome::DUPLICATE);
    CHECK(running.get("evt_2").attempts() == 2);
    CHECK(running.database.invoices().at("in_test").DebugString() == before);
    CHECK(running.database.totals() == running.database.counted());
}

TEST_CASE("a replay that still fails is counted and stays dead, and an old event is stale") {
    Running running;
    auto broken = unreadable(stripe_event("evt_1", "open", 1));
    broken.set_payload("{}");
    running.client.apply({broken, unreadable(stripe_event("evt_2", "open", 2)), make_event("evt_3", "paid", 3)});
    const auto outcomes = running.replay({"evt_1", "evt_2"});
    REQUIRE(outcomes.size() == 2);
    CHECK(outcomes[0].state() == Outcome::DEAD);
    CHECK_FALSE(outcomes[0].detail().empty());
    CHECK(outcomes[1].state() == Outcome::STALE);
    CHECK(running.get("evt_1").attempts() == 2);
    CHECK(running.get("evt_1").state() == "dead");
    CHECK(running.get("evt_2").state() == "stale");
    CHECK(running.database.invoices().at("in_test").status() == "paid");
}

TEST_CASE("an event that the database refuses can be replayed once the database has changed its mind") {
    Running running;
    running.database.run("ALTER TABLE invoices ADD CONSTRAINT poison CHECK (status <> 'paid')");
    running.client.apply({stripe_event("evt_1", "open", 1), stripe_event("evt_2", "paid", 2),
                          stripe_event("evt_3", "open", 3, "in_other")});
    CHECK(running.get("evt_2").state() == "dead");
    CHECK(running.replay({"evt_2"})[0].state() == Outcome::DEAD);
    CHECK(running.get("evt_2").attempts() == 2);
    running.database.run("ALTER TABLE invoices DROP CONSTRAINT poison");
    CHECK(running.replay({"evt_2"})[0].state() == Outcome::APPLIED);
    CHECK(running.database.invoices().at("in_test").status() == "paid");
    CHECK(running.database.totals() == running.database.counted());
}

TEST_CASE("many replays at once apply each event once") {
    Running running;
    std::vector<std::string> names;
    std::vector<v1::InvoiceEvent> events;
    for (int i = 0; i < 40; ++i) {
        names.push_back("evt_" + std::to_string(i));
        events.push_back(unreadable(stripe_event(names.back(), "paid", 1, "in_" + std::to_string(i % 7))));
    }
    running.client.apply(events);
    std::atomic<int> applied = 0;
    std::atomic<int> failed = 0;
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 6; ++caller)
        callers.emplace_back([&] {
            const auto outcomes = running.replay(names);
            if (outcomes.size() != names.size()) ++failed;
            for (const auto& outcome : outcomes) {
                if (outcome.state() == Outcome::APPLIED || outcome.state() == Outcome::STALE) ++applied;
                if (outcome.state() == Outcome::RETRY || outcome.state() == Outcome::DEAD) ++failed;
            }
        });
    for (auto& caller : callers) caller.join();
    CHECK(failed == 0);
    CHECK(applied == 40);
    CHECK(running.database.value("SELECT count(*) FROM events WHERE attempts = 2 AND state <> 'dead'") == "40");
    CHECK(running.database.value("SELECT count(*) FROM invoices WHERE status = 'paid'") == "7");
    CHECK(running.database.totals() == running.database.counted());
}

TEST_CASE("dead events are discarded together or not at all") {
    Running running;
    running.client.apply({make_event("evt_1", "open", 1), unreadable(stripe_event("evt_2", "paid", 2)),
                          unreadable(stripe_event("evt_3", "paid", 3))});
    CHECK(running.discard({"evt_2", "evt_1"}).error_code() == grpc::StatusCode::FAILED_PRECONDITION);
    CHECK(running.discard({"evt_2", "evt_missing"}).error_code() == grpc::StatusCode::FAILED_PRECONDITION);
    CHECK(running.get("evt_2").state() == "dead");
    CHECK(running.discard({"evt_2", "evt_3", "evt_2"}).ok());
    CHECK(running.get("evt_2").state() == "ignored");
    CHECK(running.get("evt_2").last_error() == "a test event of ours");
    CHECK_FALSE(running.get("evt_2").payload().empty());
    v1::ListEventsRequest dead;
    dead.set_state("dead");
    CHECK(running.list(dead).events_size() == 0);
    // Who changes his mind may still apply it.
    CHECK(running.replay({"evt_2"})[0].state() == Outcome::APPLIED);
}
