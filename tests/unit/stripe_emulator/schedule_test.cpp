// Automatic steps of the clock: the one-hour finaliser, automatic collection and its retries.
#include "emulator.hpp"

using namespace quittance::stripe_emulator;
using namespace quittance::stripe_emulator::test;

namespace {

void advance(Emulator& emulator, std::int64_t schedule_ms) {
    emulator.now.schedule_ms += schedule_ms;
    run_agenda(emulator.account, emulator.now);
}

std::size_t count_events(const Emulator& emulator, const std::string& type) {
    const auto types = emulator.event_types();
    return static_cast<std::size_t>(std::count(types.begin(), types.end(), type));
}

}  // namespace

TEST_CASE("a draft with auto_advance is finalised and paid after an hour") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto card = emulator.card(customer);
    const auto id = emulator.draft(customer, "&auto_advance=true&default_payment_method=" + card);
    emulator.line(id, 3300);
    CHECK(emulator.get("/v1/invoices/" + id).integer("next_payment_attempt") == kStart + 3600);
    advance(emulator, kHourMs - 1);
    CHECK(emulator.get("/v1/invoices/" + id).text("status") == "draft");
    advance(emulator, 1);
    const auto invoice = emulator.get("/v1/invoices/" + id);
    CHECK(invoice.text("status") == "paid");
    CHECK(invoice.integer("attempt_count") == 1);
    const auto event = emulator.get("/v1/events", "limit=1").object().at("data").as_array()[0].as_object();
    CHECK(event.at("request").as_object().at("id").is_null());
}

TEST_CASE("auto_advance can be switched off and on") {
    Emulator emulator;
    const auto id = emulator.draft(emulator.customer(), "&auto_advance=true");
    CHECK(emulator.post("/v1/invoices/" + id, "auto_advance=false").object().at("next_payment_attempt").is_null());
    advance(emulator, 2 * kHourMs);
    CHECK(emulator.get("/v1/invoices/" + id).text("status") == "draft");
    CHECK(emulator.post("/v1/invoices/" + id, "auto_advance=true").integer("next_payment_attempt") == kStart + 3600);
    advance(emulator, 0);
    CHECK(emulator.get("/v1/invoices/" + id).text("status") == "paid");
}

TEST_CASE("without acceptance of invoice.created the finaliser waits 72 hours") {
    Emulator emulator;
    REQUIRE(emulator.post("/v1/webhook_endpoints", "url=http://127.0.0.1:9/&enabled_events[]=*").status == 200);
    const auto id = emulator.draft(emulator.customer(), "&auto_advance=true");
    advance(emulator, 72 * kHourMs - 1);
    CHECK(emulator.get("/v1/invoices/" + id).text("status") == "draft");
    advance(emulator, 1);
    CHECK(emulator.get("/v1/invoices/" + id).text("status") == "paid");
}

TEST_CASE("a declined card is tried again after 3, 5 and 7 days") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto broke = emulator.card(customer, "pm_card_chargeCustomerFail");
    const auto id = emulator.draft(customer, "&auto_advance=true&default_payment_method=" + broke);
    emulator.line(id, 500);
    advance(emulator, kHourMs);
    auto invoice = emulator.get("/v1/invoices/" + id);
    CHECK(invoice.integer("attempt_count") == 1);
    CHECK(invoice.integer("next_payment_attempt") == kStart + 3 * 86'400);
    // One jump over everything runs the whole chain.
    advance(emulator, 30 * 24 * kHourMs);
    invoice = emulator.get("/v1/invoices/" + id);
    CHECK(invoice.text("status") == "open");
    CHECK(invoice.integer("attempt_count") == 4);
    CHECK(invoice.object().at("next_payment_attempt").is_null());
    CHECK(count_events(emulator, "invoice.payment_failed") == 4);
    advance(emulator, 30 * 24 * kHourMs);
    CHECK(count_events(emulator, "invoice.payment_failed") == 4);
}

TEST_CASE("an automatic retry succeeds once the customer has a good card") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto broke = emulator.card(customer, "pm_card_chargeCustomerFail");
    REQUIRE(emulator.post("/v1/customers/" + customer, "invoice_settings[default_payment_method]=" + broke).status ==
            200);
    const auto id = emulator.draft(customer, "&auto_advance=true");
    emulator.line(id, 500);
    advance(emulator, kHourMs);
    CHECK(emulator.get("/v1/invoices/" + id).text("status") == "open");
    REQUIRE(
        emulator
            .post("/v1/customers/" + customer, "invoice_settings[default_payment_method]=" + emulator.card(customer))
            .status == 200);
    advance(emulator, 3 * 24 * kHourMs);
    const auto invoice = emulator.get("/v1/invoices/" + id);
    CHECK(invoice.text("status") == "paid");
    CHECK(invoice.integer("attempt_count") == 2);
}

TEST_CASE("a client's finalise collects by itself only with auto_advance") {
    for (const bool advancing : {false, true}) {
        Emulator emulator;
        const auto customer = emulator.customer();
        const auto card = emulator.card(customer);
        const auto id = emulator.draft(customer, "&default_payment_method=" + card);
        emulator.line(id, 500);
        REQUIRE(emulator.post("/v1/invoices/" + id + "/finalize", advancing ? "auto_advance=true" : "").status == 200);
        advance(emulator, kHourMs);
        CHECK(emulator.get("/v1/invoices/" + id).text("status") == (advancing ? "paid" : "open"));
    }
}

TEST_CASE("a voided invoice is left alone") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto card = emulator.card(customer);
    const auto id = emulator.open(customer, 500, "&auto_advance=true&default_payment_method=" + card);
    REQUIRE(emulator.post("/v1/invoices/" + id + "/void").status == 200);
    advance(emulator, 100 * kHourMs);
    CHECK(emulator.get("/v1/invoices/" + id).text("status") == "void");
}

TEST_CASE("the same seed gives the same ids") {
    Emulator one;
    Emulator two;
    CHECK(one.customer() == two.customer());
}
