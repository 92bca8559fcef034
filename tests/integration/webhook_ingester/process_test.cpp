// The program itself: its configuration, readiness, metrics, and a stop that loses no webhook.
#include "support/process.hpp"

#include <catch2/catch.hpp>
#include <csignal>

#include "integration/webhook_ingester/scripted_store.hpp"
#include "integration/webhook_ingester/sender.hpp"
#include "support/patience.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace): a test of its own
using quittance::v1::EventOutcome;

namespace {

ProcessOptions program(std::map<std::string, std::string> environment, std::vector<std::string> arguments = {}) {
    environment.insert({"WEBHOOK_LISTEN", "127.0.0.1:0"});
    return {our_program("quittance-webhook-ingester"), std::move(arguments), std::move(environment)};
}

Sender sender_to(const Process& process, const std::string& name) {
    return Sender("http://" + process.address(name));
}

// How a start that must fail ended, and what it said.
std::string refusal(std::map<std::string, std::string> environment, std::vector<std::string> arguments = {}) {
    Process process(program(std::move(environment), std::move(arguments)));
    const auto exit = process.wait(kPatience);
    REQUIRE(exit);
    CHECK(exit->code == 1);
    return process.log();
}

}  // namespace

TEST_CASE("a wrong setting stops the start with a sentence that names it") {
    CHECK_THAT(refusal({{"ACK_TIMEOUT_MS", "soon"}}), Catch::Contains("ACK_TIMEOUT_MS"));
    CHECK_THAT(refusal({{"ACK_TIMEOUT_MS", "99"}}), Catch::Contains("ACK_TIMEOUT_MS"));
    CHECK_THAT(refusal({{"WEBHOOK_LISTEN", "nonsense"}}), Catch::Contains("nonsense"));
    CHECK_THAT(refusal({{"LOG_FORMAT", "xml"}}), Catch::Contains("LOG_FORMAT"));
    CHECK_THAT(refusal({}, {"--no-such-flag", "1"}), Catch::Contains("--no-such-flag"));
}

TEST_CASE("secrets without their mode stop the start, and no secret is told") {
    const auto log = refusal({{"STRIPE_WEBHOOK_SECRETS", kSecret}});
    CHECK_THAT(log, Catch::Contains("STRIPE_LIVEMODE"));
    CHECK_THAT(log, !Catch::Contains(kSecret));
    CHECK_THAT(refusal({{"STRIPE_WEBHOOK_SECRETS", kSecret}, {"STRIPE_LIVEMODE", "test"}}),
               Catch::Contains("STRIPE_LIVEMODE must be true or false"));
}

TEST_CASE("help lists the settings, and no secret is ever printed") {
    Process help(program({{"STRIPE_WEBHOOK_SECRETS", "whsec_do_not_print"}}, {"--help"}));
    REQUIRE(help.wait(kPatience)->clean());
    for (const std::string name :
         {"STRIPE_WEBHOOK_SECRETS", "INVOICE_STORE_ADDRESS", "WEBHOOK_LISTEN", "ACK_TIMEOUT_MS", "STRIPE_LIVEMODE",
          "STRIPE_ACCOUNT_LABEL", "METRICS_LISTEN", "TLS_CA"})
        CHECK_THAT(help.log(), Catch::Contains(name));
    CHECK_THAT(help.log(), !Catch::Contains("whsec_do_not_print"));
}

TEST_CASE("without secrets it starts, says so, and refuses everything") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    Process ingester(program({{"INVOICE_STORE_ADDRESS", store.address()}, {"STRIPE_WEBHOOK_SECRETS", " , "}}));
    ingester.wait_until_ready();
    CHECK_THAT(ingester.log(), Catch::Contains("STRIPE_WEBHOOK_SECRETS is empty"));
    const auto answer = sender_to(ingester, "WEBHOOK_LISTEN").deliver(signed_webhook(event_body("evt_1")));
    CHECK(answer.status == 400);
    CHECK(answer.code() == "signature_no_secret");
    CHECK(ingester.terminate().clean());
    CHECK(store.calls().empty());
}

TEST_CASE("readiness follows the store, liveness does not") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    // Enough for gRPC to have tried as often as it does; else a slow machine would be told that the store is slow.
    Process ingester(program({{"INVOICE_STORE_ADDRESS", store.address()},
                              {"STRIPE_WEBHOOK_SECRETS", kSecret},
                              {"STRIPE_LIVEMODE", "false"},
                              {"ACK_TIMEOUT_MS", "25000"},
                              {"DRAIN_SECONDS", "60"}}));
    ingester.wait_until_ready();
    const auto operations = sender_to(ingester, "METRICS_LISTEN");
    CHECK(eventually([&] { return operations.request("GET", "/readyz").status == 200; }));
    store.stop();
    CHECK(eventually([&] { return operations.request("GET", "/readyz").status == 503; }));
    CHECK(operations.request("GET", "/healthz").status == 200);
    const auto webhooks = sender_to(ingester, "WEBHOOK_LISTEN");
    CHECK(webhooks.deliver(signed_webhook(event_body("evt_1"))).status == 503);
    const auto metrics = operations.request("GET", "/metrics").body;
    CHECK(sample_in(metrics, R"(quittance_webhooks_total{outcome="store_unavailable"})") == 1);
    CHECK_THAT(ingester.log(), !Catch::Contains(kSecret));
    CHECK(ingester.terminate().clean());
}

TEST_CASE("a stop answers every webhook that was accepted") {
    Gate gate;
    ScriptedStore store([&gate](const auto& request, auto& response) {
        gate.wait();
        return always(EventOutcome::APPLIED)(request, response);
    });
    Process ingester(program({{"INVOICE_STORE_ADDRESS", store.address()},
                              {"STRIPE_WEBHOOK_SECRETS", kSecret},
                              {"STRIPE_LIVEMODE", "false"},
                              {"ACK_TIMEOUT_MS", "25000"},
                              {"DRAIN_SECONDS", "60"}}));
    ingester.wait_until_ready();
    const auto operations = sender_to(ingester, "METRICS_LISTEN");
    std::vector<Webhook> webhooks;
    for (int i = 0; i < 200; ++i) webhooks.push_back(signed_webhook(event_body("evt_" + std::to_string(i))));
    const auto answers = sender_to(ingester, "WEBHOOK_LISTEN").deliver_all(webhooks, 200, [&] {
        CHECK(eventually([&] {
            return sample_in(operations.request("GET", "/metrics").body, "quittance_webhook_events_pending") >= 200;
        }));
        ingester.signal(SIGTERM);
        CHECK(eventually(
            [&] { return operations.request("GET", "/readyz").body.find("draining") != std::string::npos; }));
        gate.open();
    });
    for (const auto& answer : answers) CHECK(answer.status == 200);
    const auto exit = ingester.wait(kPatience);
    REQUIRE(exit);
    CHECK(exit->clean());
    CHECK(store.events().size() == 200);
}
