// Thin events: destinations, what they hear, how events are read, and events that were never generated.
#include "stripe_emulator/thin_events/thin_events.hpp"

#include <algorithm>

#include "emulator.hpp"

using namespace quittance::stripe_emulator;
using namespace quittance::stripe_emulator::test;

namespace {

struct Stage : Emulator {
    Reply v2(const std::string& method, const std::string& path, const json::object& body = {}) {
        RawCall raw;
        raw.method = method;
        raw.path = path;
        if (method == "POST") raw.body = json::serialize(body);
        raw.content_type = "application/json";
        raw.authorization = "Bearer " + key;
        auto answer = api.answer(std::move(raw), now);
        return {answer.status, json::parse(answer.body), std::move(answer.headers)};
    }
    json::object wish(const std::string& payload) const {
        return {{"name", "One"},
                {"type", "webhook_endpoint"},
                {"event_payload", payload},
                {"enabled_events", json::array{"*"}},
                {"include", json::array{"webhook_endpoint.signing_secret"}},
                {"webhook_endpoint", {{"url", "http://127.0.0.1:1/hook"}}}};
    }
    std::string destination(const std::string& payload) {
        const auto made = v2("POST", "/v2/core/event_destinations", wish(payload));
        REQUIRE(made.status == 200);
        return made.text("id");
    }
    // The types of the events that wait for that destination.
    std::vector<std::string> heard(const std::string& id) {
        std::vector<std::string> types;
        for (const auto delivery : account.deliveries.take_due(id, now.schedule_ms, 1000))
            types.push_back(account.events.find(account.deliveries.peek(delivery)->event)->type);
        return types;
    }
};

bool contains(const std::vector<std::string>& types, const std::string& type) {
    return std::find(types.begin(), types.end(), type) != types.end();
}

}  // namespace

TEST_CASE("a destination needs its members and refuses others") {
    Stage stage;
    for (const auto* name : {"name", "type", "event_payload", "enabled_events", "webhook_endpoint"}) {
        auto wish = stage.wish("thin");
        wish.erase(name);
        CHECK(stage.v2("POST", "/v2/core/event_destinations", wish).error_text("param") == name);
    }
    auto wish = stage.wish("thin");
    wish["colour"] = "red";
    CHECK(stage.v2("POST", "/v2/core/event_destinations", wish).error_text("code") == "parameter_unknown");
    wish = stage.wish("thin");
    wish["snapshot_api_version"] = "2023-10-16";
    CHECK(stage.v2("POST", "/v2/core/event_destinations", wish).error_text("param") == "snapshot_api_version");
    const auto made = stage.v2("POST", "/v2/core/event_destinations", stage.wish("snapshot"));
    CHECK(made.text("snapshot_api_version") == "2023-10-16");
    CHECK(made.object().at("webhook_endpoint").as_object().contains("signing_secret"));
    CHECK(stage.get("/v1/webhook_endpoints").object().at("data").as_array().empty());
    CHECK(stage.v2("GET", "/v2/core/event_destinations/ed_nope").error_text("code") == "not_found");
}

TEST_CASE("a destination hears what it asked for, in its form") {
    Stage stage;
    const auto thin = stage.destination("thin");
    const auto snapshot = stage.destination("snapshot");
    const auto customer = stage.customer();
    const auto id = stage.open(customer, 700);
    stage.post("/v1/invoices/" + id + "/pay", "payment_method=" + stage.card(customer));
    const auto of_thin = stage.heard(thin);
    const auto of_snapshot = stage.heard(snapshot);
    CHECK(contains(of_thin, "invoice.paid"));
    CHECK(contains(of_snapshot, "invoice.paid"));
    // Kinds without a snapshot, and kinds that the snapshot's version does not know.
    CHECK(contains(of_thin, "invoice_payment.open"));
    CHECK(contains(of_thin, "invoice_payment.paid"));
    CHECK_FALSE(contains(of_snapshot, "invoice_payment.open"));
    CHECK_FALSE(contains(of_snapshot, "invoice_payment.paid"));
    CHECK(stage.get("/v1/events", "type=invoice_payment.open").object().at("data").as_array().empty());
}

TEST_CASE("a thin event names its object and its snapshot, and says what changed") {
    Stage stage;
    const auto id = stage.open(stage.customer(), 700);
    stage.post("/v1/invoices/" + id + "/void");
    const auto list = stage.get("/v2/core/events", "object_id=" + id + "&types[0]=v1.invoice.updated&limit=1");
    REQUIRE(list.status == 200);
    const auto event = list.object().at("data").as_array().at(0).as_object();
    CHECK(event.at("related_object") ==
          json::value(json::object{{"id", id}, {"type", "invoice"}, {"url", "/v1/invoices/" + id}}));
    CHECK(event.at("changes").at("before").at("status") == "open");
    CHECK(event.at("changes").at("after").at("status") == "void");
    CHECK(list.object().at("next_page_url").is_string());
    const auto snapshot = std::string(event.at("snapshot_event").as_string());
    CHECK(stage.get("/v1/events/" + snapshot).text("type") == "invoice.updated");
    const auto path = "/v2/core/events/" + std::string(event.at("id").as_string());
    CHECK(stage.get(path).text("type") == "v1.invoice.updated");
    constexpr std::int64_t kDayMs = 86'400'000;
    stage.now.advanced_ms += 31 * kDayMs;
    CHECK(stage.get(path).status == 404);
}

TEST_CASE("an event that goes missing is reported once") {
    Stage stage;
    stage.account.event_goes_missing = [](const std::string& type) { return type == "invoice.voided"; };
    const auto id = stage.open(stage.customer(), 700);
    stage.post("/v1/invoices/" + id + "/void");
    CHECK_FALSE(contains(stage.event_types(), "invoice.voided"));
    const Cause cause{stage.now, "", ""};
    CHECK(report_missing_events(stage.account, cause, {}).value() == 1);
    CHECK(report_missing_events(stage.account, cause, {}).value() == 0);
    const auto list = stage.get("/v2/core/events", "types[0]=v2.core.health.event_generation_failure.resolved");
    const auto& impact = list.object().at("data").as_array().at(0).at("data").at("impact").as_object();
    CHECK(impact.at("event_type") == "invoice.voided");
    CHECK(impact.at("related_object").at("id") == json::value(id));
    CHECK(report_missing_events(stage.account, cause, {{"event_type", "invoice.paid"}, {"object", id}}).value() == 1);
    CHECK(report_missing_events(stage.account, cause, {{"event_type", "invoice.paid"}, {"object", "x"}}).has_error());
    CHECK(report_missing_events(stage.account, cause, {{"object", id}}).has_error());
}
