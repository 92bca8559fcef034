// Both shapes of invoices, lines, items and events: the very members of the recorded ones, in their order.
#include "emulator.hpp"

using namespace quittance::stripe_emulator::test;

namespace {

// Names and nesting in order, without values; arrays by their first element.
void outline(const json::value& value, const std::string& path, std::vector<std::string>& out) {
    if (value.is_object()) {
        if (path.ends_with("metadata")) return;
        for (const auto& [key, member] : value.get_object()) {
            const auto inner = path + '/' + std::string(key);
            out.push_back(inner);
            outline(member, inner, out);
        }
    } else if (value.is_array() && !value.get_array().empty()) {
        outline(value.get_array()[0], path + "[]", out);
    }
}

std::vector<std::string> outline(const json::value& value) {
    std::vector<std::string> out;
    outline(value, "", out);
    return out;
}

// Whether all of `recorded` are in `shown`, in their order. Recorded payments are trimmed.
bool has_recorded(const std::vector<std::string>& shown, const std::vector<std::string>& recorded) {
    auto next = recorded.begin();
    for (const auto& member : shown) {
        if (next != recorded.end() && member == *next) ++next;
    }
    return next == recorded.end();
}

const json::value& object_of_event(const json::value& event) {
    return event.as_object().at("data").as_object().at("object");
}

constexpr const char* kAda =
    "name=John "
    "Doe&email=john.doe@mail.com&address[city]=Test&address[country]=Afghanistan&address[line1]=Test&address[line2]="
    "test1&"
    "address[postal_code]=34334&address[state]=Test";

}  // namespace

TEST_CASE("a draft of 2023-10-16 has the members of the contract's sample") {
    Emulator emulator;
    const auto customer = emulator.customer(kAda);
    const auto card = emulator.card(customer);
    const auto reply = emulator.post(
        "/v1/invoices", "customer=" + customer +
                            "&auto_advance=true&collection_method=charge_automatically&default_payment_method=" + card +
                            "&description=Enclaive resources payment&footer=Building");
    REQUIRE(reply.status == 200);
    const auto sample = fixture("rest_create_invoice_sample_response.json");
    CHECK(outline(reply.body) == outline(sample));
    CHECK(reply.integer("next_payment_attempt") == reply.integer("created") + 3600);
    // Every value that does not identify something is the sample's too.
    for (const auto& [key, value] : sample.as_object()) {
        if (value.is_null() || value.is_bool() || value.is_array()) CHECK(reply.object().at(key) == value);
    }
    CHECK(reply.object().at("customer_address") == sample.as_object().at("customer_address"));
}

TEST_CASE("a paid invoice of 2023-10-16 has the members of the recorded event") {
    Emulator emulator;
    const auto customer = emulator.customer(kAda);
    const auto card = emulator.card(customer);
    const auto id = emulator.open(customer, 3300, "&auto_advance=true&default_payment_method=" + card);
    REQUIRE(emulator.post("/v1/invoices/" + id + "/pay").status == 200);
    const auto events = emulator.get("/v1/events", "type=invoice.paid").object().at("data").as_array();
    REQUIRE(events.size() == 1);
    CHECK(outline(events[0]) == outline(fixture("invoice_paid.json")));
    const auto updated = emulator.get("/v1/events", "type=invoice.updated&limit=1").object().at("data").as_array();
    const auto& previous = updated[0].as_object().at("data").as_object().at("previous_attributes");
    const auto recorded =
        fixture("invoice_updated_paid.json").as_object().at("data").as_object().at("previous_attributes");
    CHECK(outline(previous) == outline(recorded));
}

TEST_CASE("a paid invoice of basil has the members of the recorded event") {
    Emulator emulator("2025-03-31.basil");
    const auto customer = emulator.customer(kAda);
    const auto card = emulator.card(customer);
    const auto id = emulator.open(customer, 3300, "&default_payment_method=" + card);
    REQUIRE(emulator.post("/v1/invoices/" + id + "/pay").status == 200);
    const auto events = emulator.get("/v1/events", "type=invoice.paid").object().at("data").as_array();
    CHECK(outline(events[0]) == outline(fixture("invoice_paid_basil.json")));
    const auto payments = emulator.get("/v1/events", "type=invoice_payment.paid").object().at("data").as_array();
    REQUIRE(payments.size() == 1);
    CHECK(outline(payments[0]) == outline(fixture("invoice_payment_paid_basil.json")));
    CHECK(outline(emulator.get("/v1/invoices/" + id, "expand[]=payments").body) ==
          outline(fixture("rest_invoice_basil_expand_payments.json")));
}

TEST_CASE("one invoice in the version that the request asks for") {
    Emulator emulator;
    const auto id = emulator.open(emulator.customer(), 3300);
    CHECK(emulator.get("/v1/invoices/" + id).object().contains("paid"));
    emulator.version = "2026-10-28.endive";
    const auto reply = emulator.get("/v1/invoices/" + id);
    CHECK_FALSE(reply.object().contains("paid"));
    CHECK(reply.object().contains("parent"));
    CHECK(reply.header("Stripe-Version") == "2026-10-28.endive");
    // Events keep the account's version whatever the request says.
    const auto events = emulator.get("/v1/events", "type=invoice.finalized").object().at("data").as_array();
    CHECK(events[0].as_object().at("api_version") == "2023-10-16");
    CHECK(object_of_event(events[0]).as_object().contains("paid"));
    emulator.version = "yesterday";
    CHECK(emulator.get("/v1/invoices/" + id).status == 400);
}

TEST_CASE("items, payment intents and charges have the recorded members") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto id = emulator.draft(customer);
    REQUIRE(emulator
                .post("/v1/invoiceitems",
                      "customer=" + customer + "&invoice=" + id + "&amount=3300&description=All resources")
                .status == 200);
    const auto latest = [&](const std::string& type) {
        return emulator.get("/v1/events", "limit=1&type=" + type).object().at("data").as_array()[0];
    };
    CHECK(outline(latest("invoiceitem.created")) == outline(fixture("invoiceitem_created.json")));
    const auto card = emulator.card(customer, "pm_card_chargeDeclinedInsufficientFunds");
    REQUIRE(emulator.post("/v1/invoices/" + id + "/pay", "payment_method=" + card).status == 402);
    CHECK(has_recorded(outline(latest("payment_intent.payment_failed")),
                       outline(fixture("payment_intent_payment_failed.json"))));
    REQUIRE(emulator.post("/v1/invoices/" + id + "/pay", "payment_method=" + emulator.card(customer)).status == 200);
    CHECK(has_recorded(outline(latest("payment_intent.succeeded")), outline(fixture("payment_intent_succeeded.json"))));
    auto charge = outline(object_of_event(fixture("charge_refunded_partial.json")));
    CHECK(has_recorded(outline(object_of_event(latest("charge.succeeded"))), charge));
}

TEST_CASE("expand") {
    Emulator emulator;
    const auto customer = emulator.customer(kAda);
    const auto card = emulator.card(customer);
    const auto id = emulator.open(customer, 3300);
    REQUIRE(emulator.post("/v1/invoices/" + id + "/pay", "payment_method=" + card).status == 200);
    const auto reply = emulator.get(
        "/v1/invoices/" + id, "expand[]=customer&expand[]=payment_intent.latest_charge&expand[]=lines.data.price");
    CHECK(reply.object().at("customer").as_object().at("name") == "John Doe");
    CHECK(reply.object().at("payment_intent").as_object().at("latest_charge").as_object().at("status") == "succeeded");
    const auto list = emulator.get("/v1/invoices", "expand[]=data.customer");
    CHECK(list.object().at("data").as_array()[0].as_object().at("customer").is_object());
    CHECK(emulator.get("/v1/invoices/" + id, "expand[]=nothing").error_text("param") == "expand");
    CHECK(emulator.get("/v1/invoices/" + id, "expand[]=description").status == 200);  // null: nothing to expand
    CHECK(emulator.get("/v1/invoices/" + id, "expand[]=status").status == 400);
    emulator.version = "2025-03-31.basil";
    const auto basil = emulator.get("/v1/invoices/" + id,
                                    "expand[]=confirmation_secret&expand[]=payments.data.payment.payment_intent");
    CHECK(basil.object().at("confirmation_secret").as_object().contains("client_secret"));
    const auto& payment =
        basil.object().at("payments").as_object().at("data").as_array()[0].as_object().at("payment").as_object();
    CHECK(payment.at("payment_intent").as_object().at("status") == "succeeded");
}
