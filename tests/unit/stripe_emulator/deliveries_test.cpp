// The webhook ledger: which endpoint gets an event, when it is retried, when it is given up.
#include "emulator.hpp"

using namespace quittance::stripe_emulator;
using namespace quittance::stripe_emulator::test;

namespace {

std::string endpoint(Emulator& emulator, const std::string& more) {
    const auto reply = emulator.post("/v1/webhook_endpoints", "url=http://127.0.0.1:9/hook" + more);
    REQUIRE(reply.status == 200);
    return reply.text("id");
}

}  // namespace

TEST_CASE("retries follow the steps and end after 72 hours") {
    DeliveryLedger ledger;
    ledger.add("evt", "we", 0, true);
    std::vector<std::int64_t> minutes;
    while (const auto due = ledger.next_due()) {
        const auto taken = ledger.take_due("we", *due, 5);
        REQUIRE(taken.size() == 1);
        minutes.push_back(*due / 60'000);
        ledger.failed(taken[0], 503, "");
    }
    CHECK(minutes == std::vector<std::int64_t>{0, 5, 35, 155, 455, 1055, 1775, 2495, 3215, 3935});
    CHECK(minutes.back() <= 72 * 60);
    CHECK(ledger.statistics().given_up == 1);
    CHECK(ledger.statistics().attempts == minutes.size());
    CHECK(ledger.in_flight() == 0);
}

TEST_CASE("a jump of the clock makes several steps due") {
    DeliveryLedger ledger;
    ledger.add("evt", "we", 0, true);
    const std::int64_t later = 3 * kHourMs;
    int tries = 0;
    for (auto taken = ledger.take_due("we", later, 5); !taken.empty(); taken = ledger.take_due("we", later, 5)) {
        ledger.failed(taken[0], 0, "refused");
        ++tries;
    }
    CHECK(tries == 4);  // at 0, 5, 35 and 155 minutes
}

TEST_CASE("endpoints get what they asked for, in their version") {
    Emulator emulator;
    const auto all = endpoint(emulator, "&enabled_events[]=*");
    const auto basil =
        endpoint(emulator,
                 "&enabled_events[0]=invoice.paid&enabled_events[1]=invoice_payment.paid&api_version=2025-03-31.basil");
    const auto off = endpoint(emulator, "&enabled_events[]=*");
    REQUIRE(emulator.post("/v1/webhook_endpoints/" + off, "disabled=true").text("status") == "disabled");
    const auto customer = emulator.customer();
    const auto card = emulator.card(customer);
    const auto id = emulator.open(customer, 500);
    REQUIRE(emulator.post("/v1/invoices/" + id + "/pay", "payment_method=" + card).status == 200);

    auto& ledger = emulator.account.deliveries;
    std::map<std::string, std::vector<std::string>> sent;
    for (const auto number : ledger.order()) {
        const auto* delivery = ledger.peek(number);
        sent[delivery->endpoint].push_back(emulator.account.events.find(delivery->event)->type);
    }
    CHECK(sent[basil] == std::vector<std::string>{"invoice.paid", "invoice_payment.paid"});
    CHECK(std::find(sent[all].begin(), sent[all].end(), "invoice_payment.paid") == sent[all].end());
    CHECK(std::find(sent[all].begin(), sent[all].end(), "invoice.finalized") != sent[all].end());
    CHECK(sent.count(off) == 0);
    const auto* paid = emulator.account.events.find(ledger.peek(ledger.order().back())->event);
    CHECK(paid->basil_only);
    const auto invoice_paid =
        emulator.get("/v1/events", "type=invoice.paid").object().at("data").as_array()[0].as_object();
    CHECK(invoice_paid.at("pending_webhooks") == 2);
}

TEST_CASE("the secret is shown once") {
    Emulator emulator;
    const auto made = emulator.post("/v1/webhook_endpoints", "url=https://example.com/&enabled_events[]=invoice.paid");
    CHECK(made.text("secret").starts_with("whsec_"));
    CHECK_FALSE(emulator.get("/v1/webhook_endpoints/" + made.text("id")).object().contains("secret"));
    CHECK(emulator.post("/v1/webhook_endpoints", "url=ftp://example.com/&enabled_events[]=*").error_text("param") ==
          "url");
    CHECK(emulator.post("/v1/webhook_endpoints", "url=http://example.com/").error_text("param") == "enabled_events");
}

TEST_CASE("a deleted endpoint drops what it still had to get") {
    Emulator emulator;
    const auto id = endpoint(emulator, "&enabled_events[]=*");
    emulator.customer();
    CHECK(emulator.account.deliveries.waiting() == 1);
    REQUIRE(emulator.call("DELETE", "/v1/webhook_endpoints/" + id).object().at("deleted") == true);
    CHECK(emulator.account.deliveries.waiting() == 0);
    CHECK(emulator.account.deliveries.statistics().dropped == 1);
    CHECK(emulator.get("/v1/webhook_endpoints").object().at("data").as_array().empty());
}

TEST_CASE("acceptance settles the event and starts the finaliser's hour") {
    Emulator emulator;
    const auto hook = endpoint(emulator, "&enabled_events[]=invoice.created");
    const auto id = emulator.draft(emulator.customer(), "&auto_advance=true");
    CHECK(emulator.get("/v1/invoices/" + id).object().at("webhooks_delivered_at").is_null());
    auto& ledger = emulator.account.deliveries;
    const auto taken = ledger.take_due(hook, emulator.now.schedule_ms, 1);
    REQUIRE(taken.size() == 1);
    emulator.now.schedule_ms += 2 * kHourMs;
    emulator.now.unix_seconds += 30;
    webhook_accepted(emulator.account, taken[0], 200, emulator.now);
    CHECK(emulator.get("/v1/invoices/" + id).integer("webhooks_delivered_at") == kStart + 30);
    CHECK(emulator.get("/v1/events", "delivery_success=true&type=invoice.created")
              .object()
              .at("data")
              .as_array()
              .size() == 1);
    run_agenda(emulator.account, emulator.now);
    CHECK(emulator.get("/v1/invoices/" + id).text("status") == "draft");
    emulator.now.schedule_ms += kHourMs;
    run_agenda(emulator.account, emulator.now);
    CHECK(emulator.get("/v1/invoices/" + id).text("status") == "paid");
}

TEST_CASE("a resend is one more delivery") {
    Emulator emulator;
    const auto hook = endpoint(emulator, "&enabled_events[]=customer.created");
    emulator.customer();
    const auto event = emulator.account.events.rows().back().id;
    CHECK(emulator.post("/v1/events/" + event + "/retry", "webhook_endpoint=" + hook).text("id") == event);
    CHECK(emulator.account.deliveries.waiting() == 2);
    CHECK(emulator.post("/v1/events/" + event + "/retry", "webhook_endpoint=we_nope").status == 400);
    CHECK(emulator.post("/v1/events/evt_nope/retry").status == 404);
}

TEST_CASE("finished deliveries are forgotten in the end") {
    DeliveryLedger ledger(3);
    for (int i = 0; i < 10; ++i) {
        ledger.add("evt", "we", 0, true);
        ledger.accepted(ledger.take_due("we", 0, 1)[0], 200);
    }
    CHECK(ledger.order().size() == 3);
    CHECK(ledger.statistics().accepted == 10);
}
