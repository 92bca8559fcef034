// Webhooks that wait travel together, and one that the store cannot bear harms nobody else.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <set>

#include "integration/webhook_ingester/ingester.hpp"
#include "integration/webhook_ingester/scripted_store.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace): a test of its own
namespace v1 = quittance::v1;
using v1::EventOutcome;

namespace {

std::vector<Webhook> webhooks(int count) {
    std::vector<Webhook> made;
    for (int i = 0; i < count; ++i) made.push_back(signed_webhook(event_body("evt_" + std::to_string(i))));
    return made;
}

}  // namespace

TEST_CASE("what waits while two calls are under way goes in few calls, each event once") {
    Gate gate;
    ScriptedStore store([&gate](const auto& request, auto& response) {
        gate.wait();
        return always(EventOutcome::APPLIED)(request, response);
    });
    Ingester ingester({store.address()});
    const auto answers = ingester.sender().deliver_all(webhooks(600), 600, [&] {
        CHECK(gate.wait_for_arrivals(2));
        CHECK(ingester.wait_for_metric("quittance_webhook_events_pending", 600));
        gate.open();
    });
    for (const auto& answer : answers) CHECK(answer.status == 200);
    const auto calls = store.calls();
    CHECK(calls.size() <= 6);
    std::set<std::string> ids;
    for (const auto& call : calls) {
        CHECK(call.events_size() <= 256);
        CHECK(call.ByteSizeLong() <= 4 * 1024 * 1024);
        for (const auto& event : call.events()) CHECK(ids.insert(event.event_id()).second);
    }
    CHECK(ids.size() == 600);
    CHECK(ingester.metric("quittance_webhook_batched_events_total") == 600);
    CHECK(ingester.metric("quittance_webhook_batches_total") == static_cast<double>(calls.size()));
    CHECK(ingester.metric("quittance_webhook_events_pending") == 0);
}

TEST_CASE("a batch that the store refuses as a whole is sent event by event") {
    for (const auto code : {grpc::StatusCode::INVALID_ARGUMENT, grpc::StatusCode::INTERNAL}) {
        Gate gate;
        ScriptedStore store([&](const auto& request, auto& response) {
            gate.wait();
            for (const auto& event : request.events())
                if (event.event_id() == "evt_7") return grpc::Status(code, "cannot bear it");
            return always(EventOutcome::APPLIED)(request, response);
        });
        Ingester ingester({store.address()});
        const auto answers = ingester.sender().deliver_all(webhooks(40), 40, [&] {
            CHECK(ingester.wait_for_metric("quittance_webhook_events_pending", 40));
            gate.open();
        });
        for (std::size_t i = 0; i < answers.size(); ++i) CHECK(answers[i].status == (i == 7 ? 503 : 200));
    }
}

TEST_CASE("an outage is not retried event by event") {
    Gate gate;
    ScriptedStore store([&gate](const auto&, auto&) {
        gate.wait();
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "no connection to the database");
    });
    Ingester ingester({store.address()});
    const auto answers = ingester.sender().deliver_all(webhooks(40), 40, [&] {
        CHECK(ingester.wait_for_metric("quittance_webhook_events_pending", 40));
        gate.open();
    });
    for (const auto& answer : answers) CHECK(answer.status == 503);
    CHECK(store.calls().size() <= 4);
}
