// Events that do not show their object: thin events, and events that are too large for one call. They are acknowledged
// when the store has what they stand for, or has it on its list of refetches.
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "integration/stripe_gateway/fixture.hpp"
#include "integration/webhook_ingester/ingester.hpp"
#include "integration/webhook_ingester/real_store.hpp"
#include "support/patience.hpp"
#include "unit/stripe/stripe_data.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace): a test of its own
namespace json = boost::json;
namespace v1 = quittance::v1;
using quittance::stripe_gateway::test::creation;
using quittance::stripe_gateway::test::Emulator;
using quittance::stripe_gateway::test::RunningGateway;
using quittance::stripe_gateway::test::text_of;

namespace {

// A case's only event, with these ids.
std::string thin_case(const std::string& name, const std::string& object_id, const std::string& snapshot_event_id) {
    auto events = json::parse(read_file(std::string(QUITTANCE_TEST_DATA) + "/cases/" + name));
    auto& event = events.as_array().at(0).as_object();
    event.at("related_object").as_object()["id"] = object_id;
    event["snapshot_event"] = snapshot_event_id.empty() ? json::value(nullptr) : json::value(snapshot_event_id);
    return json::serialize(event);
}

// Stripe's newest event of this type about this object.
json::object snapshot_event(const std::string& type, const std::string& object_id) {
    const auto list = Emulator::shared().call("GET", "/v1/events", {{"type", type}, {"limit", 100}});
    for (const auto& element : list.at("data").as_array()) {
        const auto& event = element.as_object();
        if (text_of(event.at("data").at("object").as_object(), "id") == object_id) return event;
    }
    throw std::runtime_error("there is no " + type + " of " + object_id);
}

struct Stack {
    RealStore store;
    RunningGateway gateway;

    IngesterOptions options(std::string gateway_address) const {
        IngesterOptions made;
        made.store_address = store.address();
        made.accounts = {{"default", {kSecret}, false}};
        made.gateway_address = std::move(gateway_address);
        return made;
    }

    std::string paid_invoice() {
        const auto made = gateway.create(creation(Emulator::shared().customer(), {1'200}));
        REQUIRE(made.ok());
        REQUIRE(made.answer.invoice().status() == "paid");
        return made.answer.invoice().stripe_invoice_id();
    }

    json::object row_of(const std::string& invoice) const {
        for (const auto& row : store.rows()) {
            auto object = json::parse(row).as_object();
            if (text_of(object, "stripe_invoice_id") == invoice) return object;
        }
        return {};
    }
};

}  // namespace

TEST_CASE("a thin event and the snapshot event of the same fact have one effect") {
    Stack stack;
    Ingester ingester(stack.options(stack.gateway.address()));
    const auto invoice = stack.paid_invoice();
    const auto snapshot = snapshot_event("invoice.paid", invoice);
    const auto thin = thin_case("thin-v1-invoice-paid.json", invoice, text_of(snapshot, "id"));
    const auto answer = ingester.deliver(signed_webhook(thin));
    CHECK(answer.status == 200);
    CHECK(answer.code() == "applied");
    CHECK(text_of(stack.row_of(invoice), "status") == "paid");
    CHECK(ingester.deliver(signed_webhook(json::serialize(snapshot))).code() == "duplicate");
    CHECK(ingester.deliver(signed_webhook(thin)).code() == "duplicate");
    CHECK(stack.store.inbox_size() == 1);
    CHECK(stack.store.refetches_of(invoice) == 0);
}

TEST_CASE("a thin event that names its invoice alone is acknowledged when the store has it to refetch") {
    Stack stack;
    Ingester ingester(stack.options(stack.gateway.address()));
    const auto invoice = stack.paid_invoice();
    const auto thin = thin_case("thin-v1-invoice-paid.json", invoice, "");
    for (int i = 0; i < 2; ++i) {
        const auto answer = ingester.deliver(signed_webhook(thin));
        CHECK(answer.status == 200);
        CHECK(answer.code() == "needs_refetch");
    }
    CHECK(stack.store.refetches_of(invoice) == 1);
    const auto followups = ingester.followups();
    REQUIRE(followups.size() == 2);
    CHECK(followups.front().account == "default");
    CHECK(followups.front().stripe_invoice_id == invoice);
}

TEST_CASE("without the gateway an invoice is noted, and everything else is left to Stripe's next try") {
    Stack stack;
    auto options = stack.options("127.0.0.1:1");
    options.patience = std::chrono::seconds(4);
    Ingester ingester(options);
    const auto invoice = thin_case("thin-v1-invoice-paid.json", "in_1", "evt_1");
    CHECK(ingester.deliver(signed_webhook(invoice)).code() == "needs_refetch");
    CHECK(stack.store.refetches_of("in_1") == 1);
    const auto refund = ingester.deliver(signed_webhook(thin_case("thin-v1-refund-created.json", "re_1", "evt_2")));
    CHECK(refund.status == 503);
    CHECK(refund.code() == "stripe_unavailable");
    CHECK(stack.store.inbox_size() == 0);
}

TEST_CASE("a thin event is not acknowledged while the store is away") {
    Stack stack;
    auto options = stack.options(stack.gateway.address());
    options.patience = std::chrono::seconds(4);
    Ingester ingester(options);
    stack.store.kill();
    CHECK(ingester.deliver(signed_webhook(thin_case("thin-v1-invoice-paid.json", "in_1", ""))).status == 503);
    stack.store.start();
    CHECK(eventually([&] {
        return ingester.deliver(signed_webhook(thin_case("thin-v1-invoice-paid.json", "in_1", ""))).status == 200;
    }));
    CHECK(stack.store.refetches_of("in_1") == 1);
}

TEST_CASE("a thin event of a refund leads to the refund") {
    Stack stack;
    Ingester ingester(stack.options(stack.gateway.address()));
    auto& emulator = Emulator::shared();
    const auto invoice = stack.paid_invoice();
    const auto paid = snapshot_event("invoice.paid", invoice);
    REQUIRE(ingester.deliver(signed_webhook(json::serialize(paid))).status == 200);
    const auto charge = text_of(emulator.call("GET", "/v1/invoices/" + invoice), "charge");
    const auto refund = text_of(emulator.call("POST", "/v1/refunds", {{"charge", charge}}), "id");
    const auto snapshot = text_of(snapshot_event("refund.created", refund), "id");
    const auto answer = ingester.deliver(signed_webhook(thin_case("thin-v1-refund-created.json", refund, snapshot)));
    CHECK(answer.status == 200);
    CHECK(answer.code() == "applied");
    CHECK(stack.store.inbox_size() == 2);
}

TEST_CASE("a thin event that Stripe itself does not know is not acknowledged, unless it names an invoice") {
    Stack stack;
    Ingester ingester(stack.options(stack.gateway.address()));
    const auto unknown = ingester.deliver(signed_webhook(thin_case("thin-v1-refund-created.json", "re_1", "evt_no")));
    CHECK(unknown.status == 503);
    CHECK(unknown.code() == "stripe_unavailable");
    CHECK(ingester.deliver(signed_webhook(thin_case("thin-v1-invoice-paid.json", "in_1", "evt_no"))).code() ==
          "needs_refetch");
    CHECK(stack.store.inbox_size() == 0);
}

TEST_CASE("a thin event of the other mode or of a foreign account asks nobody") {
    Stack stack;
    Ingester ingester(stack.options("127.0.0.1:1"));
    auto event = json::parse(thin_case("thin-v1-invoice-paid.json", "in_1", "")).as_object();
    event["context"] = "acct_elsewhere";
    CHECK(ingester.deliver(signed_webhook(json::serialize(event))).code() == "foreign_account");
    event["context"] = nullptr;
    event["livemode"] = true;
    CHECK(ingester.deliver(signed_webhook(json::serialize(event))).code() == "wrong_mode");
    CHECK(stack.store.refetches_of("in_1") == 0);
}

TEST_CASE("a large event is applied without its payload, and of a larger one the invoice is noted") {
    Stack stack;
    Ingester ingester(stack.options(stack.gateway.address()));
    // What is large is not read in the first, and is read in the second.
    const auto taken = event_body("evt_large", [](auto& event) {
        object_of(event)["custom_fields"] = json::value_from(std::vector<std::string>(3'900, std::string(1'000, 'x')));
    });
    REQUIRE(taken.size() > 3'900'000);
    CHECK(ingester.deliver(signed_webhook(taken)).code() == "applied");
    CHECK(stack.store.rows().size() == 1);
    const auto noted = event_body("evt_larger", [](auto& event) {
        object_of(event)["id"] = "in_large";
        object_of(event)["description"] = std::string(5'000'000, 'x');
    });
    CHECK(ingester.deliver(signed_webhook(noted)).code() == "needs_refetch");
    CHECK(stack.store.rows().size() == 1);
    CHECK(stack.store.refetches_of("in_large") == 1);
}

TEST_CASE("half of a surrogate pair in a text is replaced, and the event is taken") {
    Stack stack;
    Ingester ingester(stack.options(stack.gateway.address()));
    auto body = event_body("evt_half", [](auto& event) { object_of(event)["description"] = "PLACE"; });
    body.replace(body.find("PLACE"), 5, "cut \\ud83d");
    CHECK(ingester.deliver(signed_webhook(body)).code() == "applied");
    CHECK(stack.store.dead_events() == 0);
    REQUIRE(stack.store.rows().size() == 1);
    CHECK(text_of(json::parse(stack.store.rows().front()).as_object(), "description") == "cut \xef\xbf\xbd");
}
