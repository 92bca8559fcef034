// Payments: PaymentIntents of their own, several payments of one invoice, one payment of several invoices.
#include "emulator.hpp"

using namespace quittance::stripe_emulator::test;
using Types = std::vector<std::string>;

namespace {

constexpr auto kPreview = "2026-01-28.preview";

struct Stage : Emulator {
    explicit Stage(std::string api_version = "2026-10-28.endive") : Emulator(std::move(api_version)) {}

    std::string payer = customer();
    std::string visa = card(payer);

    Reply intent(const std::string& more = "") {
        return post("/v1/payment_intents", "currency=eur&customer=" + payer + more);
    }
    std::string paid_intent(std::int64_t amount) {
        const auto reply = intent("&amount=" + std::to_string(amount) + "&confirm=true&payment_method=" + visa);
        REQUIRE(reply.text("status") == "succeeded");
        return reply.text("id");
    }
    Reply attach(const std::string& invoice, const std::string& form) {
        return post("/v1/invoices/" + invoice + "/attach_payment", form);
    }
    Reply invoice(const std::string& id) { return get("/v1/invoices/" + id); }
    json::array payments(const std::string& form) {
        return get("/v1/invoice_payments", form).object().at("data").as_array();
    }
};

}  // namespace

TEST_CASE("a payment intent is made, confirmed and read") {
    Stage stage;
    const auto made = stage.intent("&amount=700&description=Own&metadata[a]=b");
    REQUIRE(made.status == 200);
    CHECK(made.text("status") == "requires_payment_method");
    CHECK(made.text("description") == "Own");
    const auto path = "/v1/payment_intents/" + made.text("id");
    CHECK(stage.post(path + "/confirm").error_text("code") == "payment_intent_unexpected_state");
    const auto before = stage.events();
    const auto confirmed = stage.post(path + "/confirm", "payment_method=pm_card_visa");
    CHECK(confirmed.text("status") == "succeeded");
    CHECK(confirmed.integer("amount_received") == 700);
    CHECK(stage.event_types_since(before) == Types{"charge.succeeded", "payment_intent.succeeded"});
    const auto charge = stage.get("/v1/charges/" + confirmed.text("latest_charge"));
    CHECK(charge.object().at("captured") == true);
    CHECK(charge.object().at("metadata").at("a") == "b");
    CHECK(stage.post(path + "/cancel").error_text("code") == "payment_intent_unexpected_state");
    CHECK(stage.get("/v1/payment_intents", "customer=" + stage.payer).object().at("data").as_array().size() == 1);
    CHECK(stage.post("/v1/refunds", "payment_intent=" + made.text("id")).integer("amount") == 700);
}

TEST_CASE("a declined payment intent says why and can be tried again") {
    Stage stage;
    const auto refused =
        stage.intent("&amount=700&confirm=true&payment_method=pm_card_visa_chargeDeclinedInsufficientFunds");
    CHECK(refused.status == 402);
    CHECK(refused.error_text("decline_code") == "insufficient_funds");
    const auto& intent = refused.error().at("payment_intent").as_object();
    CHECK(intent.at("status") == "requires_payment_method");
    const auto path = "/v1/payment_intents/" + std::string(intent.at("id").as_string());
    const auto shown = stage.get(path);
    CHECK(shown.object().at("last_payment_error").at("decline_code") == "insufficient_funds");
    CHECK(stage.post(path + "/confirm", "payment_method=" + stage.visa).text("status") == "succeeded");
    CHECK(stage.get(path).object().at("last_payment_error").is_null());
}

TEST_CASE("a card that wants authentication asks for it, or refuses the absent payer") {
    Stage stage;
    const auto asked = stage.intent("&amount=700&confirm=true&payment_method=pm_card_authenticationRequired");
    CHECK(asked.status == 200);
    CHECK(asked.text("status") == "requires_action");
    const auto absent =
        stage.intent("&amount=700&confirm=true&off_session=true&payment_method=pm_card_authenticationRequired");
    CHECK(absent.status == 402);
    CHECK(absent.error_text("code") == "authentication_required");
    CHECK(stage.post("/v1/payment_intents/" + asked.text("id") + "/cancel").text("status") == "canceled");
}

TEST_CASE("a reserved amount is captured in part, or released") {
    Stage stage;
    const std::string reserve = "&amount=700&confirm=true&capture_method=manual&payment_method=pm_card_visa";
    const auto reserved = stage.intent(reserve);
    CHECK(reserved.text("status") == "requires_capture");
    CHECK(reserved.integer("amount_capturable") == 700);
    const auto path = "/v1/payment_intents/" + reserved.text("id");
    CHECK(stage.post(path + "/capture", "amount_to_capture=701").status == 400);
    const auto captured = stage.post(path + "/capture", "amount_to_capture=500");
    CHECK(captured.text("status") == "succeeded");
    CHECK(captured.integer("amount_received") == 500);
    CHECK(stage.get("/v1/charges/" + captured.text("latest_charge")).integer("amount_captured") == 500);
    const auto released = stage.intent(reserve).text("id");
    CHECK(stage.post("/v1/payment_intents/" + released + "/cancel").text("status") == "canceled");
}

TEST_CASE("an invoice is paid in parts") {
    Stage stage;
    const auto id = stage.open(stage.payer, 3000);
    auto before = stage.events();
    REQUIRE(stage.attach(id, "payment_intent=" + stage.paid_intent(1000)).status == 200);
    auto types = stage.event_types_since(before);
    CHECK(Types(types.end() - 2, types.end()) == Types{"invoice.updated", "invoice_payment.paid"});
    CHECK(stage.invoice(id).text("status") == "open");
    CHECK(stage.invoice(id).integer("amount_paid") == 1000);
    CHECK(stage.invoice(id).integer("amount_remaining") == 2000);
    CHECK(stage.payments("invoice=" + id + "&status=paid").size() == 1);
    CHECK(stage.post("/v1/invoices/" + id + "/void").status == 400);

    REQUIRE(stage.post("/v1/invoices/" + id + "/pay", "payment_method=" + stage.visa).status == 200);
    const auto invoice = stage.get("/v1/invoices/" + id, "expand[]=payments");
    CHECK(invoice.text("status") == "paid");
    CHECK(invoice.integer("amount_paid") == 3000);
    const auto& payments = invoice.object().at("payments").at("data").as_array();
    REQUIRE(payments.size() == 2);
    CHECK(payments[0].at("is_default") == true);
    CHECK(payments[0].at("amount_paid") == 2000);
    CHECK(payments[1].at("amount_paid") == 1000);
}

TEST_CASE("an attached payment over everything cancels the default one") {
    Stage stage;
    const auto id = stage.open(stage.payer, 3000);
    const auto before = stage.events();
    const auto intent = stage.intent("&amount=3000");
    REQUIRE(stage.attach(id, "payment_intent=" + intent.text("id")).text("status") == "open");
    CHECK(stage.attach(id, "payment_intent=" + intent.text("id")).status == 400);
    CHECK(stage.payments("invoice=" + id + "&status=open").size() == 2);
    stage.post("/v1/payment_intents/" + intent.text("id") + "/confirm", "payment_method=" + stage.visa);
    CHECK(stage.event_types_since(before) ==
          Types{"payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "invoice.updated",
                "invoice.payment_succeeded", "invoice.paid", "invoice_payment.paid", "payment_intent.canceled"});
    CHECK(stage.invoice(id).text("status") == "paid");
    CHECK(stage.payments("invoice=" + id + "&status=canceled").size() == 1);
}

TEST_CASE("one intent pays two invoices, each its own part") {
    Stage stage;
    const auto first = stage.open(stage.payer, 3000);
    const auto second = stage.open(stage.payer, 2000);
    const auto intent = stage.intent("&amount=5000").text("id");
    REQUIRE(stage.attach(first, "payment_intent=" + intent).status == 200);
    REQUIRE(stage.attach(second, "payment_intent=" + intent).status == 200);
    stage.post("/v1/payment_intents/" + intent + "/confirm", "payment_method=" + stage.visa);
    CHECK(stage.invoice(first).integer("amount_paid") == 3000);
    CHECK(stage.invoice(second).integer("amount_paid") == 2000);
    CHECK(stage.invoice(second).text("status") == "paid");
    const auto found = stage.payments("payment[type]=payment_intent&payment[payment_intent]=" + intent);
    REQUIRE(found.size() == 2);
    CHECK(found[0].at("amount_paid") == 2000);
    CHECK(found[1].at("amount_paid") == 3000);
    const auto third = stage.open(stage.payer, 1000);
    CHECK(stage.attach(third, "payment_intent=" + intent).status == 400);
}

TEST_CASE("more than what is due becomes the customer's credit") {
    Stage stage;
    const auto id = stage.open(stage.payer, 3000);
    const auto one = stage.intent("&amount=3000").text("id");
    const auto other = stage.intent("&amount=2000").text("id");
    stage.attach(id, "payment_intent=" + one);
    stage.attach(id, "payment_intent=" + other);
    stage.post("/v1/payment_intents/" + other + "/confirm", "payment_method=" + stage.visa);
    stage.post("/v1/payment_intents/" + one + "/confirm", "payment_method=" + stage.visa);
    const auto invoice = stage.invoice(id);
    CHECK(invoice.integer("amount_paid") == 3000);
    CHECK(invoice.integer("amount_overpaid") == 2000);
    CHECK(invoice.integer("amount_remaining") == 0);
    CHECK(stage.get("/v1/customers/" + stage.payer).integer("balance") == -2000);
    CHECK(stage.get("/v1/events", "type=invoice.overpaid").object().at("data").as_array().size() == 1);
}

TEST_CASE("a detached payment reopens its invoice, and can pay another one") {
    Stage stage(kPreview);
    const auto id = stage.open(stage.payer, 900);
    REQUIRE(stage.post("/v1/invoices/" + id + "/pay", "payment_method=" + stage.visa).status == 200);
    const auto intent = *stage.account.invoices.find(id)->payment_intent;
    const auto detach = "/v1/invoices/" + id + "/detach_payment";
    stage.version = "2026-10-28.endive";
    CHECK(stage.post(detach, "payment_intent=" + intent).status == 404);
    stage.version = kPreview;
    const auto before = stage.events();
    const auto open = stage.post(detach, "payment_intent=" + intent);
    REQUIRE(open.status == 200);
    CHECK(open.text("status") == "open");
    CHECK(open.integer("amount_paid") == 0);
    CHECK(open.integer("amount_remaining") == 900);
    CHECK(open.integer("attempt_count") == 0);
    CHECK(stage.event_types_since(before) ==
          Types{"payment_intent.created", "invoice_payment.detached", "invoice.updated"});
    CHECK(stage.payments("payment[type]=payment_intent&payment[payment_intent]=" + intent).empty());
    CHECK(stage.post(detach, "payment_intent=" + intent).status == 400);

    const auto other = stage.open(stage.payer, 900);
    CHECK(stage.attach(other, "payment_intent=" + intent).text("status") == "paid");
    CHECK(stage.post("/v1/invoices/" + id + "/pay", "payment_method=" + stage.visa).text("status") == "paid");
    CHECK(stage.invoice(id).integer("attempt_count") == 1);
}

TEST_CASE("a reported payment pays an invoice") {
    Stage stage;
    const auto id = stage.open(stage.payer, 3000);
    const auto record =
        stage.post("/v1/payment_records/report_payment",
                   "amount_requested[value]=3000&amount_requested[currency]=eur&payment_method_details[type]=custom&"
                   "payment_method_details[custom][display_name]=Wire&initiated_at=1700000000&outcome=guaranteed&"
                   "guaranteed[guaranteed_at]=1700000001");
    REQUIRE(record.status == 200);
    CHECK(record.object().at("amount_guaranteed").at("value") == 3000);
    const auto before = stage.events();
    CHECK(stage.attach(id, "payment_record=" + record.text("id")).text("status") == "paid");
    const auto types = stage.event_types_since(before);
    CHECK(std::find(types.begin(), types.end(), "invoice.payment_succeeded") == types.end());
    CHECK(stage.invoice(id).integer("attempt_count") == 0);
    CHECK_FALSE(stage.invoice(id).object().contains("amount_paid_off_stripe"));
    const auto expanded = stage.get("/v1/invoices/" + id, "expand[]=amount_paid_off_stripe");
    CHECK(expanded.integer("amount_paid_off_stripe") == 3000);
    const auto payment = stage.payments("payment[type]=payment_record&payment[payment_record]=" + record.text("id"));
    REQUIRE(payment.size() == 1);
    CHECK(payment[0].at("payment").at("type") == "payment_record");
    CHECK(payment[0].at("amount_paid") == 3000);
    CHECK(stage.get("/v1/payment_records/" + record.text("id")).text("object") == "payment_record");
}

TEST_CASE("the rest of a partly paid invoice is paid out of band") {
    Stage stage("2023-10-16");
    const auto id = stage.open(stage.payer, 2000);
    REQUIRE(stage.post("/v1/credit_notes", "invoice=" + id + "&amount=500").status == 200);
    REQUIRE(stage.post("/v1/invoices/" + id + "/pay", "paid_out_of_band=true").status == 200);
    const auto old = stage.invoice(id);
    CHECK(old.integer("amount_due") == 1500);
    CHECK(old.integer("amount_paid") == 0);
    CHECK(old.integer("amount_remaining") == 1500);
    stage.version = "2026-10-28.endive";
    CHECK(stage.invoice(id).integer("amount_due") == 1500);
    CHECK(stage.invoice(id).integer("amount_paid") == 1500);
    CHECK(stage.invoice(id).integer("amount_remaining") == 0);
}

TEST_CASE("amounts that no card can charge are refused") {
    Stage stage;
    const auto code = [&](const std::string& form) {
        const auto reply = stage.post("/v1/payment_intents", form);
        return reply.status == 200 ? "" : reply.error_text("code");
    };
    CHECK(code("currency=kwd&amount=12345") == "invalid_charge_amount");
    CHECK(code("currency=kwd&amount=12340").empty());
    CHECK(code("currency=ugx&amount=50050") == "invalid_charge_amount_no_decimal_compatible");
    CHECK(code("currency=ugx&amount=50000").empty());
    CHECK(code("currency=eur&amount=49") == "amount_too_small");
    const auto item = [&](const std::string& form) {
        return stage.post("/v1/invoiceitems", "customer=" + stage.customer() + form).error_text("code");
    };
    CHECK(item("&currency=kwd&amount=12345") == "invalid_charge_amount");
    CHECK(item("&currency=ugx&amount=50050") == "invalid_charge_amount_no_decimal_compatible");
}
